// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/report.h"

#include <stdlib.h>

#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "boost/json.hpp"

namespace dsql_testing {
namespace {

namespace json = ::boost::json;

// Three digits that count, and thousands in groups: "0.0512", "18,300".
std::string Number(double value) {
  if (value == 0) return "0";
  const int digits =
      2 - static_cast<int>(std::floor(std::log10(std::abs(value))));
  if (digits > 0) return absl::StrFormat("%.*f", digits, value);
  const double unit = std::pow(10, -digits);
  std::string text = absl::StrFormat("%.0f", std::round(value / unit) * unit);
  for (int i = static_cast<int>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(static_cast<size_t>(i), ",");
  }
  return text;
}

std::string TargetText(const Comparison& comparison) {
  switch (comparison.goal) {
    case Goal::kAtMost:
      return absl::StrCat("≤ ", comparison.target);
    case Goal::kAtLeast:
      return absl::StrCat("≥ ", comparison.target);
    case Goal::kReported:
      break;
  }
  return "";
}

std::string Line(const std::vector<std::string>& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

std::string LineOf(const Outcome& outcome) {
  const Comparison& comparison = outcome.comparison;
  if (outcome.samples.ours.empty()) {
    return Line(
        {comparison.work, "", comparison.against, "", "",
         TargetText(comparison),
         absl::StrCat(VerdictName(outcome.verdict), ": ", outcome.reason)});
  }
  return Line({comparison.work,
               absl::StrCat(Number(outcome.ours), " ", comparison.unit),
               comparison.against,
               absl::StrCat(Number(outcome.theirs), " ", comparison.unit),
               Number(outcome.ratio), TargetText(comparison),
               VerdictName(outcome.verdict)});
}

json::object ToJson(const Outcome& outcome) {
  const Comparison& comparison = outcome.comparison;
  json::object row = {{"work", comparison.work},
                      {"against", comparison.against},
                      {"unit", comparison.unit},
                      {"verdict", VerdictName(outcome.verdict)}};
  if (comparison.goal != Goal::kReported) {
    row["goal"] = comparison.goal == Goal::kAtMost ? "at most" : "at least";
    row["target"] = comparison.target;
  }
  if (outcome.samples.ours.empty()) {
    row["reason"] = outcome.reason;
    return row;
  }
  row["ours"] = outcome.ours;
  row["theirs"] = outcome.theirs;
  row["ratio"] = outcome.ratio;
  row["samples"] = {{"ours", json::value_from(outcome.samples.ours)},
                    {"theirs", json::value_from(outcome.samples.theirs)}};
  return row;
}

json::object ToJson(const Panel& panel) {
  json::array curves;
  for (const Curve& curve : panel.curves) {
    json::array points;
    for (const auto& [size, cost] : curve.points) {
      points.push_back(json::array{size, cost});
    }
    curves.push_back(json::object{{"name", curve.name}, {"points", points}});
  }
  return {{"size", panel.size}, {"curves", curves}};
}

// A line for each element, so that files can be compared.
template <typename T>
std::string Document(const char* name, const std::vector<T>& elements,
                     const std::string& machine) {
  std::vector<std::string> lines;
  for (const T& element : elements) {
    lines.push_back(json::serialize(ToJson(element)));
  }
  return absl::StrCat("{\"machine\": ", json::serialize(json::value(machine)),
                      ",\n\"", name, "\": [\n", absl::StrJoin(lines, ",\n"),
                      "\n]}\n");
}

}  // namespace

std::string TableOf(const std::vector<Outcome>& outcomes) {
  std::string table =
      "| what | measured | compared with | measured | ratio | target | |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Outcome& outcome : outcomes) table += LineOf(outcome);
  return table;
}

std::string TableOf(const std::vector<Panel>& panels) {
  std::string text;
  for (const Panel& panel : panels) {
    std::set<double> sizes;
    for (const Curve& curve : panel.curves) {
      for (const auto& point : curve.points) sizes.insert(point.first);
    }
    std::vector<std::string> cells = {panel.size};
    for (const double size : sizes) cells.push_back(absl::StrCat(size));
    absl::StrAppend(&text, text.empty() ? "" : "\n", Line(cells),
                    Line(std::vector<std::string>(cells.size(), "---")));
    for (const Curve& curve : panel.curves) {
      const std::map<double, double> costs(curve.points.begin(),
                                           curve.points.end());
      cells = {curve.name};
      for (const double size : sizes) {
        const auto cost = costs.find(size);
        cells.push_back(cost == costs.end() ? "" : Number(cost->second));
      }
      text += Line(cells);
    }
  }
  return text;
}

std::string JsonOf(const std::vector<Outcome>& outcomes,
                   const std::string& machine) {
  return Document("rows", outcomes, machine);
}

std::string JsonOf(const std::vector<Panel>& panels,
                   const std::string& machine) {
  return Document("panels", panels, machine);
}

std::string DescribeMachine() {
#ifdef __OPTIMIZE__
  constexpr char kBuild[] = "optimized";
#else
  constexpr char kBuild[] = "not optimized (build with -c opt)";
#endif
  double load = 0;
  getloadavg(&load, 1);
  return absl::StrFormat(
      "%d processors, load %.2f, %s, %s", std::thread::hardware_concurrency(),
      load, kBuild,
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone()));
}

}  // namespace dsql_testing
