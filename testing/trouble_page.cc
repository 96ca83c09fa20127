// SPDX-License-Identifier: Apache-2.0

#include "testing/trouble_page.h"

#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

constexpr char kPage[] = "dsql/docs/trouble.md";
// Of the table's head, under which its rows are.
constexpr char kHead[] = "| it says |";

// What stands between backquotes.
std::vector<std::string> Quoted(absl::string_view cell) {
  const std::vector<std::string> parts = absl::StrSplit(cell, '`');
  std::vector<std::string> quoted;
  for (size_t i = 1; i + 1 < parts.size(); i += 2) quoted.push_back(parts[i]);
  return quoted;
}

TroubleRow ParseRow(absl::string_view line) {
  // Nothing stands before the first bar and behind the last.
  std::vector<absl::string_view> cells = absl::StrSplit(line, '|');
  cells.resize(5);
  TroubleRow row;
  row.texts = Quoted(cells[1]);
  row.why = std::string(absl::StripAsciiWhitespace(cells[2]));
  row.what_to_do = std::string(absl::StripAsciiWhitespace(cells[3]));
  return row;
}

// `text` with anything for "...".
bool Says(absl::string_view error, absl::string_view text) {
  for (const absl::string_view part : absl::StrSplit(text, "...")) {
    const size_t found = error.find(part);
    if (found == absl::string_view::npos) return false;
    error.remove_prefix(found + part.size());
  }
  return true;
}

}  // namespace

std::vector<TroubleRow> ParseTroublePage(absl::string_view page) {
  std::vector<TroubleRow> rows;
  bool in_table = false;
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    if (absl::StartsWith(line, kHead)) {
      in_table = true;
    } else if (!absl::StartsWith(line, "|")) {
      in_table = false;
    } else if (in_table && !absl::StartsWith(line, "|--")) {
      rows.push_back(ParseRow(line));
    }
  }
  return rows;
}

const std::vector<TroubleRow>& TroublePage() {
  static const auto& rows = *new std::vector<TroubleRow>([] {
    std::ostringstream page;
    page << std::ifstream(kPage).rdbuf();
    std::vector<TroubleRow> parsed = ParseTroublePage(page.str());
    EXPECT_FALSE(parsed.empty()) << kPage << " has no rows";
    return parsed;
  }());
  return rows;
}

bool IsAbout(const TroubleRow& row, absl::string_view error) {
  if (row.texts.empty()) return false;
  for (const std::string& text : row.texts) {
    if (!Says(error, text)) return false;
  }
  return true;
}

}  // namespace dsql_testing
