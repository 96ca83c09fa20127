// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/plan/plan_text.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/plan/dpu_estimate.h"
#include "dsql/sql/plan/storage_scan.h"

namespace dsql::sql {
namespace {

constexpr absl::string_view kArrow = "->  ";
// Of what is within storage, which DSQL writes closer together.
constexpr absl::string_view kStorageArrow = "-> ";
constexpr size_t kStorageIndent = 4;

size_t IndentOf(absl::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// The first line of a node.
struct Head {
  // "  ->  ", "" of the first node.
  absl::string_view arrow;
  // "Index Scan using i on public.t a".
  absl::string_view what;
  // "  (cost=… width=…) (actual …)", "" without costs.
  absl::string_view numbers;
  // Where lines about the node begin, and the arrows of those below.
  size_t indent = 0;
};

absl::optional<Head> ReadHead(absl::string_view line, bool is_first) {
  const size_t indent = IndentOf(line);
  Head head;
  if (absl::StartsWith(line.substr(indent), kArrow)) {
    head.arrow = line.substr(0, indent + kArrow.size());
    head.indent = head.arrow.size() + 2;
  } else if (is_first) {
    head.indent = 2;
  } else {
    return absl::nullopt;
  }
  head.what = line.substr(head.arrow.size());
  for (const char* begin : {"  (cost=", "  (actual "}) {
    const size_t at = head.what.rfind(begin);
    if (at == absl::string_view::npos) continue;
    head.numbers = head.what.substr(at);
    head.what = head.what.substr(0, at);
    break;
  }
  return head;
}

// The number after `name`, 0 where there is none; the last one.
double NumberAfter(absl::string_view text, absl::string_view name) {
  const size_t at = text.rfind(name);
  double number = 0;
  if (at == absl::string_view::npos) return 0;
  absl::string_view rest = text.substr(at + name.size());
  rest = rest.substr(0, rest.find_first_not_of("0123456789."));
  return absl::SimpleAtod(rest, &number) ? number : 0;
}

// How many bytes a node returned.
double BytesOf(absl::string_view numbers) {
  return absl::StrContains(numbers, "(actual ")
             ? NumberAfter(numbers, " rows=") *
                   NumberAfter(numbers, " loops=") *
                   NumberAfter(numbers, " width=")
             : 0;
}

// Time is only measured for what PostgreSQL has.
std::string StorageNumbers(absl::string_view numbers) {
  std::string result(absl::StripLeadingAsciiWhitespace(numbers));
  const size_t begin = result.find("actual time=");
  if (begin != std::string::npos) {
    const size_t end = result.find(" rows=", begin);
    if (end != std::string::npos) result.replace(begin, end - begin, "actual");
  }
  return result.empty() ? result : absl::StrCat(" ", result);
}

// A scan that a head names.
struct NamedScan {
  PostgresScan scan;
  bool is_bitmap = false;
  // In front of the name of the node: "Parallel ".
  absl::string_view before;
  // " Backward using i on public.t a".
  absl::string_view after;
};

absl::optional<NamedScan> ReadScan(absl::string_view what) {
  NamedScan named;
  const struct {
    const char* name;
    PostgresScan::Kind kind;
    bool is_bitmap;
  } kNames[] = {{"Seq Scan", PostgresScan::kTable, false},
                {"Index Scan", PostgresScan::kIndex, false},
                {"Index Only Scan", PostgresScan::kIndexOnly, false},
                {"Bitmap Heap Scan", PostgresScan::kIndex, true}};
  absl::string_view rest = what;
  if (absl::ConsumePrefix(&rest, "Parallel "))
    named.before = what.substr(0, what.size() - rest.size());
  const auto* const found = std::find_if(
      std::begin(kNames), std::end(kNames),
      [&](const auto& name) { return absl::ConsumePrefix(&rest, name.name); });
  if (found == std::end(kNames)) return absl::nullopt;
  named.scan.kind = found->kind;
  named.is_bitmap = found->is_bitmap;
  named.after = rest;
  const std::vector<Token> tokens = Scan(std::string(rest));
  const auto word = [&](size_t i) {
    return i < tokens.size()
               ? rest.substr(tokens[i].begin, tokens[i].end - tokens[i].begin)
               : absl::string_view();
  };
  size_t at = 0;
  if (word(at) == "Backward") ++at;
  if (word(at) == "using") {
    named.scan.index = std::string(word(at + 1));
    at += 2;
  }
  if (word(at) != "on") return absl::nullopt;
  named.scan.relation = std::string(word(at + (word(at + 2) == "." ? 3 : 1)));
  return named;
}

// Lines about a node, and what is known of them.
class Details {
 public:
  // Takes those of the node whose head is the line in front of `next`.
  void Take(const std::vector<std::string>& lines, size_t indent,
            size_t* next) {
    for (; *next < lines.size(); ++*next) {
      const absl::string_view line = lines[*next];
      const size_t own = IndentOf(line);
      if (own < indent) return;
      const absl::string_view text = line.substr(own);
      if (own == indent &&
          (absl::StartsWith(text, kArrow) || absl::StartsWith(text, "CTE ") ||
           absl::StartsWith(text, "SubPlan ") ||
           absl::StartsWith(text, "InitPlan ")))
        return;
      lines_.push_back(lines[*next]);
    }
  }

  // The value of "label: value", "" where there is none.
  std::string Value(absl::string_view label) const {
    const auto line = Find(label);
    if (line == lines_.end()) return "";
    const absl::string_view text = absl::StripLeadingAsciiWhitespace(*line);
    return std::string(text.substr(label.size() + kColon.size()));
  }

  // The same, and takes the line away.
  std::string TakeOut(absl::string_view label) {
    std::string value = Value(label);
    const auto line = Find(label);
    if (line != lines_.end()) lines_.erase(line);
    return value;
  }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  static constexpr absl::string_view kColon = ": ";

  std::vector<std::string>::const_iterator Find(absl::string_view label) const {
    return std::find_if(
        lines_.begin(), lines_.end(), [&](const std::string& line) {
          absl::string_view text = absl::StripLeadingAsciiWhitespace(line);
          return absl::ConsumePrefix(&text, label) &&
                 absl::StartsWith(text, kColon);
        });
  }

  std::vector<std::string> lines_;
};

class TextTranslator {
 public:
  explicit TextTranslator(std::vector<std::string> lines)
      : lines_(std::move(lines)) {}

  std::vector<std::string> Translate(bool estimates_dpus) && {
    size_t next = 0;
    while (next < lines_.size()) {
      const absl::optional<Head> head = ReadHead(lines_[next], next == 0);
      if (head.has_value()) NoteBytes(*head);
      if (!head.has_value() || !TranslateScan(*head, &next))
        result_.push_back(lines_[next++]);
    }
    if (estimates_dpus) AddEstimate();
    return std::move(result_);
  }

 private:
  bool TranslateScan(const Head& head, size_t* next) {
    absl::optional<NamedScan> named = ReadScan(head.what);
    if (!named.has_value()) return false;
    size_t after = *next + 1;
    Details details;
    details.Take(lines_, head.indent, &after);
    if (named->is_bitmap && !TakeBitmap(head, &*named, &details, &after))
      return false;
    PostgresScan& scan = named->scan;
    if (!named->is_bitmap) scan.index_condition = details.Value("Index Cond");
    scan.filter = details.Value("Filter");
    AddScan(head, *named, std::move(details));
    *next = after;
    return true;
  }

  // The bitmap of one index is a scan of that index; false for others.
  bool TakeBitmap(const Head& head, NamedScan* named, Details* details,
                  size_t* next) {
    if (*next >= lines_.size()) return false;
    const absl::optional<Head> child = ReadHead(lines_[*next], false);
    if (!child.has_value() ||
        child->arrow.size() != head.indent + kArrow.size())
      return false;
    absl::string_view index = child->what;
    if (!absl::ConsumePrefix(&index, "Bitmap Index Scan on ")) return false;
    named->scan.index = std::string(index);
    size_t after = *next + 1;
    Details of_index;
    of_index.Take(lines_, child->indent, &after);
    named->scan.index_condition = of_index.TakeOut("Index Cond");
    details->TakeOut("Recheck Cond");
    details->TakeOut("Rows Removed by Index Recheck");
    *next = after;
    return true;
  }

  void AddScan(const Head& head, const NamedScan& named, Details details) {
    const PostgresScan& scan = named.scan;
    const DsqlScan dsql = ScanInDsql(scan);
    std::string removed;
    if (!dsql.filters) {
      details.TakeOut("Filter");
      removed = details.TakeOut("Rows Removed by Filter");
    }
    // Of tables that are heaps.
    details.TakeOut("Heap Fetches");
    details.TakeOut("Heap Blocks");
    const std::string by =
        named.is_bitmap ? absl::StrCat(" using ", scan.index) : "";
    result_.push_back(absl::StrCat(head.arrow, named.before, dsql.name, by,
                                   named.after, head.numbers));
    if (named.is_bitmap && !scan.index_condition.empty())
      AddLine(head.indent, "Index Cond: ", scan.index_condition);
    for (const std::string& line : details.lines()) result_.push_back(line);
    for (const StorageRead& read : dsql.reads)
      AddRead(read, head, details.Value("Output"), removed);
  }

  void AddRead(const StorageRead& read, const Head& head,
               const std::string& projections, const std::string& removed) {
    const std::string target =
        absl::StrCat(" on ", read.target, StorageNumbers(head.numbers));
    const size_t inner = head.indent + kStorageIndent;
    AddLine(head.indent, kStorageArrow, read.name + target);
    if (read.projects && !projections.empty())
      AddLine(inner, "Projections: ", projections);
    if (!read.filter.empty()) {
      AddLine(inner, "Filters: ", read.filter);
      if (!removed.empty()) AddLine(inner, "Rows Removed by Filter: ", removed);
    }
    AddLine(inner, kStorageArrow, read.tree_name + target);
    if (!read.index_condition.empty())
      AddLine(inner + kStorageIndent, "Index Cond: ", read.index_condition);
  }

  void AddLine(size_t indent, absl::string_view label,
               absl::string_view value) {
    result_.push_back(absl::StrCat(std::string(indent, ' '), label, value));
  }

  // What a scan returned was read; what is below a node that writes is written.
  void NoteBytes(const Head& head) {
    if (writes_) dpus_.AddWrite(BytesOf(head.numbers));
    writes_ = absl::StartsWith(head.what, "Insert on ") ||
              absl::StartsWith(head.what, "Update on ") ||
              absl::StartsWith(head.what, "Delete on ");
    if (ReadScan(head.what).has_value()) dpus_.AddRead(BytesOf(head.numbers));
  }

  void AddEstimate() {
    for (const std::string& line : lines_)
      for (const char* label : {"Planning Time: ", "Execution Time: "})
        if (absl::StartsWith(line, label))
          dpus_.AddMilliseconds(NumberAfter(line, label));
    result_.push_back("Statement DPU Estimate:");
    for (const auto& [label, value] : dpus_.Lines())
      result_.push_back(absl::StrCat("  ", label, ": ", value));
  }

  const std::vector<std::string> lines_;
  std::vector<std::string> result_;
  DpuEstimate dpus_;
  // The node before writes.
  bool writes_ = false;
};

}  // namespace

std::vector<std::string> TranslatePlanText(std::vector<std::string> lines,
                                           bool estimates_dpus) {
  return TextTranslator(std::move(lines)).Translate(estimates_dpus);
}

}  // namespace dsql::sql
