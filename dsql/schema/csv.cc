// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/csv.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace dsql::schema {

namespace {

// Where the record ends that begins at `begin`; nullopt where a quote of it is
// not closed. One that is doubled closes and opens.
absl::optional<size_t> EndOfRecord(absl::string_view csv, size_t begin) {
  bool quoted = false;
  for (size_t i = begin; i < csv.size(); ++i) {
    if (csv[i] == '"') quoted = !quoted;
    if (csv[i] == '\n' && !quoted) return i + 1;
  }
  if (quoted) return absl::nullopt;
  return csv.size();
}

}  // namespace

absl::StatusOr<std::vector<CsvRecord>> SplitCsv(absl::string_view csv) {
  std::vector<CsvRecord> records;
  int line = 1;
  for (size_t begin = 0; begin < csv.size();) {
    const absl::optional<size_t> end = EndOfRecord(csv, begin);
    if (!end.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "A quote is not closed in the record that begins at line ", line));
    }
    const absl::string_view text = csv.substr(begin, *end - begin);
    if (!absl::StripAsciiWhitespace(text).empty()) {
      records.push_back({text, line});
    }
    line += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    begin = *end;
  }
  return records;
}

std::vector<std::string> CsvValues(absl::string_view record) {
  std::vector<std::string> values(1);
  bool quoted = false;
  for (size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == '"') {
      const bool doubled =
          quoted && i + 1 < record.size() && record[i + 1] == '"';
      if (doubled) values.back() += record[++i];
      quoted = doubled || !quoted;
    } else if (c == ',' && !quoted) {
      values.emplace_back();
    } else if (quoted || (c != '\n' && c != '\r')) {
      values.back() += c;
    }
  }
  return values;
}

std::string ToCsvRecord(
    const std::vector<absl::optional<std::string>>& values) {
  return absl::StrCat(
      absl::StrJoin(
          values, ",",
          [](std::string* out, const absl::optional<std::string>& value) {
            if (!value.has_value()) return;
            absl::StrAppend(
                out, "\"", absl::StrReplaceAll(*value, {{"\"", "\"\""}}), "\"");
          }),
      "\n");
}

}  // namespace dsql::schema
