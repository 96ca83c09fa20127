// SPDX-License-Identifier: Apache-2.0

// How a result is printed.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "dsql/postgres/result.h"
#include "dsql/postgres/type_oid.h"

namespace dsql::postgres {
namespace {

// More are counted, not shown: a test that failed is to be read.
constexpr int kMaxRows = 100;

struct TableColumn {
  std::vector<std::string> cells;  // the name first
  size_t width = 0;
  bool is_number = false;
};

// The characters of a text in UTF-8.
size_t WidthOf(absl::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (c & 0xC0) != 0x80; });
}

std::string CellOf(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return "NULL";
  const absl::string_view value(PQgetvalue(result, row, column),
                                PQgetlength(result, row, column));
  return absl::StrReplaceAll(value, {{"\n", "\\n"}, {"\r", "\\r"}});
}

TableColumn ColumnOf(const PGresult* result, int number, int rows) {
  TableColumn column;
  column.is_number = IsNumber(PQftype(result, number));
  column.cells.push_back(PQfname(result, number));
  for (int row = 0; row < rows; ++row) {
    column.cells.push_back(CellOf(result, row, number));
  }
  for (const std::string& cell : column.cells) {
    column.width = std::max(column.width, WidthOf(cell));
  }
  return column;
}

// As psql: names in the middle, numbers on the right, the rest on the left.
std::string Padded(const TableColumn& column, size_t line) {
  const std::string& cell = column.cells[line];
  const size_t blanks = column.width - WidthOf(cell);
  const size_t left = line == 0 ? blanks / 2 : column.is_number ? blanks : 0;
  return absl::StrCat(" ", std::string(left, ' '), cell,
                      std::string(blanks - left, ' '), " ");
}

std::string Line(const std::vector<TableColumn>& columns, size_t line) {
  std::string text = absl::StrJoin(
      columns, "|", [line](std::string* out, const TableColumn& column) {
        absl::StrAppend(out, Padded(column, line));
      });
  absl::StripTrailingAsciiWhitespace(&text);
  return text + "\n";
}

std::string Rule(const std::vector<TableColumn>& columns) {
  return absl::StrJoin(columns, "+",
                       [](std::string* out, const TableColumn& column) {
                         out->append(column.width + 2, '-');
                       }) +
         "\n";
}

std::string RowsOf(const PGresult* result) {
  const int rows = PQntuples(result);
  const int shown = std::min(rows, kMaxRows);
  std::vector<TableColumn> columns;
  columns.reserve(PQnfields(result));
  for (int i = 0; i < PQnfields(result); ++i) {
    columns.push_back(ColumnOf(result, i, shown));
  }
  std::string text = absl::StrCat(Line(columns, 0), Rule(columns));
  for (int row = 1; row <= shown; ++row) {
    absl::StrAppend(&text, Line(columns, row));
  }
  if (shown < rows) absl::StrAppend(&text, " ...\n");
  absl::StrAppend(&text, "(", rows, rows == 1 ? " row)" : " rows)");
  return text;
}

}  // namespace

std::string ToTable(const PGresult* result) {
  if (result == nullptr) return "(no result)";
  switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
      return RowsOf(result);
    case PGRES_COMMAND_OK:
      // libpq's function is not const only because C has no overloads.
      return PQcmdStatus(const_cast<PGresult*>(result));
    default: {
      absl::string_view error = PQresultErrorMessage(result);
      if (error.empty()) error = PQresStatus(PQresultStatus(result));
      return std::string(absl::StripAsciiWhitespace(error));
    }
  }
}

}  // namespace dsql::postgres
