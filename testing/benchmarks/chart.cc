// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/chart.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/command.h"

namespace dsql_testing {
namespace {

constexpr char kGnuplot[] = "/usr/bin/gnuplot";
constexpr int kWidth = 960;
constexpr int kBarHeight = 24;
constexpr int kPanelHeight = 300;
// Of what gnuplot takes for the width of a letter; it leaves too much by
// itself.
constexpr double kMarginOfLetter = 0.9;

// For gnuplot's data, where it is within double quotes.
std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "'"}}), "\"");
}

std::string Terminal(int height) {
  return absl::StrCat(
      "set terminal svg size ", kWidth, ",", height,
      " noenhanced font 'sans-serif,12' background '#ffffff'\n");
}

bool HasTarget(const Outcome& outcome) {
  return outcome.comparison.goal != Goal::kReported;
}

// 1 and above where the target is met. Requires one.
double FactorOf(const Outcome& outcome) {
  const double target = outcome.comparison.target;
  return outcome.comparison.goal == Goal::kAtMost ? target / outcome.ratio
                                                  : outcome.ratio / target;
}

absl::Status Draw(const std::string& script, const std::string& path) {
  if (access(kGnuplot, X_OK) != 0) {
    return absl::NotFoundError(
        "no chart: gnuplot (package gnuplot-nox) is not installed");
  }
  dsql::postgres::Command command;
  command.argv = {kGnuplot};
  command.input = script;
  DSQL_ASSIGN_OR_RETURN(const std::string svg,
                        dsql::postgres::RunCommand(command));
  std::ofstream file(path);
  file << svg;
  file.close();
  if (file.fail()) return absl::InternalError("cannot write " + path);
  return absl::OkStatus();
}

std::string PanelScript(const Panel& panel) {
  std::string script;
  for (size_t i = 0; i < panel.curves.size(); ++i) {
    absl::StrAppend(&script, "$curve", i, " << END\n");
    for (const auto& [size, cost] : panel.curves[i].points) {
      absl::StrAppend(&script, size, " ", cost, "\n");
    }
    script += "END\n";
  }
  absl::StrAppend(&script, "set xlabel ", Quoted(panel.size), "\nplot ");
  for (size_t i = 0; i < panel.curves.size(); ++i) {
    absl::StrAppend(&script, i == 0 ? "" : ", ", "$curve", i,
                    " using 1:2 with linespoints pointtype 7 pointsize 0.5"
                    " linewidth 2 title ",
                    Quoted(panel.curves[i].name));
  }
  return script + "\n";
}

}  // namespace

std::string BarScript(const std::vector<Outcome>& outcomes,
                      const std::string& machine) {
  std::string rows;
  int count = 0;
  size_t longest = 0;
  // Both sides of the target are shown.
  double least = 0.5;
  double most = 2;
  for (const Outcome& outcome : outcomes) {
    if (!HasTarget(outcome)) continue;
    // What was not measured has a line without a bar.
    const bool measured = !outcome.samples.ours.empty();
    const std::string label =
        absl::StrCat(outcome.comparison.work, " / ", outcome.comparison.against,
                     measured ? "" : ": " + VerdictName(outcome.verdict));
    absl::StrAppend(&rows, Quoted(label), " ", measured ? FactorOf(outcome) : 1,
                    "\n");
    longest = std::max(longest, label.size());
    ++count;
    if (!measured) continue;
    least = std::min(least, FactorOf(outcome) / 1.2);
    most = std::max(most, FactorOf(outcome) * 1.2);
  }
  // The first at the top; gnuplot's column 0 is the line's number.
  return absl::StrCat(
      Terminal(100 + kBarHeight * count), "set title ", Quoted(machine),
      "\n$rows << END\n", rows, "END\n", "set logscale x\nset xrange [", least,
      ":", most,
      "]\nset xlabel 'times better than "
      "the target'\nset lmargin ",
      kMarginOfLetter * longest,
      "\n"
      "set yrange [",
      count,
      ":-1]\nset grid xtics\nset ytics nomirror\n"
      "set style fill solid 0.8 noborder\nset arrow from first 1, graph 0 to "
      "first 1, graph 1 nohead linewidth 2 front\nset nokey\n"
      "plot $rows using 2:0:(1):2:($0-0.35):($0+0.35):"
      "($2 >= 1 ? 0x2e7d32 : 0xc62828):ytic(1) with boxxyerror linecolor rgb "
      "variable\n");
}

std::string CurveScript(const std::vector<Panel>& panels,
                        const std::string& machine) {
  const int lines = static_cast<int>(panels.size() + 1) / 2;
  std::string script =
      absl::StrCat(Terminal(kPanelHeight * lines + 20), "set multiplot layout ",
                   lines, ",2 title ", Quoted(machine),
                   "\nset logscale xy\nset grid\nset key top left\nset offsets "
                   "graph 0, graph 0, graph 0.4, graph 0.05\n");
  for (const Panel& panel : panels) script += PanelScript(panel);
  return script + "unset multiplot\n";
}

absl::Status DrawBars(const std::vector<Outcome>& outcomes,
                      const std::string& machine, const std::string& path) {
  if (std::none_of(outcomes.begin(), outcomes.end(), HasTarget)) {
    return absl::NotFoundError("no chart: no row has a target");
  }
  return Draw(BarScript(outcomes, machine), path);
}

absl::Status DrawCurves(const std::vector<Panel>& panels,
                        const std::string& machine, const std::string& path) {
  if (panels.empty()) return absl::NotFoundError("no chart: no curve");
  return Draw(CurveScript(panels, machine), path);
}

}  // namespace dsql_testing
