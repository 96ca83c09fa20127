// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/result.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/type_oid.h"

namespace dsql::postgres {
namespace {

absl::Status WrongType(const std::string& name, Oid type,
                       absl::string_view text, absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat(
      name, " has type OID ", type, " and value '", text, "', which is not ",
      wanted, "; fetch it as std::string, or cast it in SQL"));
}

}  // namespace

std::vector<std::string> Result::column_names() const {
  std::vector<std::string> names;
  names.reserve(column_count());
  for (int i = 0; i < column_count(); ++i) {
    names.emplace_back(PQfname(result_.get(), i));
  }
  return names;
}

int64_t Result::affected_rows() const {
  int64_t rows = 0;
  // libpq's function is not const only because C has no overloads.
  return absl::SimpleAtoi(PQcmdTuples(result_.get()), &rows) ? rows : 0;
}

std::string Result::command_tag() const {
  const char* tag = PQcmdStatus(result_.get());
  return tag == nullptr ? "" : tag;
}

absl::StatusOr<Result::Cell> Result::Find(int row, Column column) const {
  int number = column.number_;
  if (!column.name_.empty()) {
    // PQfnumber() would fold an unquoted name to lower case.
    for (number = 0; number < column_count(); ++number) {
      if (PQfname(result_.get(), number) == column.name_) break;
    }
    if (number == column_count()) {
      return absl::NotFoundError(
          absl::StrCat("No column '", column.name_,
                       "'; there are: ", absl::StrJoin(column_names(), ", ")));
    }
  }
  if (number < 0 || number >= column_count() || row < 0 || row >= row_count()) {
    return absl::OutOfRangeError(absl::StrCat(
        "No row ", row, " with a column ", number, "; the result has ",
        row_count(), " rows and ", column_count(), " columns"));
  }
  Cell cell;
  cell.is_null = PQgetisnull(result_.get(), row, number) != 0;
  cell.text = absl::string_view(PQgetvalue(result_.get(), row, number),
                                PQgetlength(result_.get(), row, number));
  cell.type = PQftype(result_.get(), number);
  cell.name = absl::StrCat("Column '", PQfname(result_.get(), number),
                           "' of row ", row);
  return cell;
}

absl::StatusOr<Result::Cell> Result::FindNotNull(int row, Column column) const {
  DSQL_ASSIGN_OR_RETURN(Cell cell, Find(row, column));
  if (cell.is_null) {
    return absl::FailedPreconditionError(
        absl::StrCat(cell.name, " is NULL; fetch it as absl::optional"));
  }
  return cell;
}

absl::Status Result::CheckScalar() const {
  if (row_count() == 1 && column_count() == 1) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat("The result has ", row_count(),
                                            " rows and ", column_count(),
                                            " columns instead of one value"));
}

absl::StatusOr<bool> Result::IsNull(int row, Column column) const {
  DSQL_ASSIGN_OR_RETURN(Cell cell, Find(row, column));
  return cell.is_null;
}

absl::Status Result::Fetch(int row, Column column, bool* value) const {
  DSQL_ASSIGN_OR_RETURN(Cell cell, FindNotNull(row, column));
  if (cell.type != kBool) {
    return WrongType(cell.name, cell.type, cell.text, "a boolean");
  }
  *value = cell.text == "t";
  return absl::OkStatus();
}

absl::Status Result::Fetch(int row, Column column, int64_t* value) const {
  DSQL_ASSIGN_OR_RETURN(Cell cell, FindNotNull(row, column));
  if (!IsInteger(cell.type)) {
    return WrongType(cell.name, cell.type, cell.text, "an integer");
  }
  if (absl::SimpleAtoi(cell.text, value)) return absl::OkStatus();
  if (cell.text.find_first_not_of("-0123456789") != absl::string_view::npos) {
    return WrongType(cell.name, cell.type, cell.text, "an integer");
  }
  return absl::OutOfRangeError(
      absl::StrCat(cell.name, " is ", cell.text, ", beyond 64 bits"));
}

namespace {

template <typename T>
absl::Status Narrow(int64_t wide, T* value) {
  if (wide < std::numeric_limits<T>::min() ||
      wide > std::numeric_limits<T>::max()) {
    return absl::OutOfRangeError(absl::StrCat(
        "The value ", wide, " does not fit into ", 8 * sizeof(T), " bits"));
  }
  *value = static_cast<T>(wide);
  return absl::OkStatus();
}

}  // namespace

absl::Status Result::Fetch(int row, Column column, int32_t* value) const {
  int64_t wide = 0;
  DSQL_RETURN_IF_ERROR(Fetch(row, column, &wide));
  return Narrow(wide, value);
}

absl::Status Result::Fetch(int row, Column column, int16_t* value) const {
  int64_t wide = 0;
  DSQL_RETURN_IF_ERROR(Fetch(row, column, &wide));
  return Narrow(wide, value);
}

absl::Status Result::Fetch(int row, Column column, double* value) const {
  DSQL_ASSIGN_OR_RETURN(Cell cell, FindNotNull(row, column));
  if (!IsNumber(cell.type) || !absl::SimpleAtod(cell.text, value)) {
    return WrongType(cell.name, cell.type, cell.text, "a number");
  }
  return absl::OkStatus();
}

absl::Status Result::Fetch(int row, Column column, std::string* value) const {
  DSQL_ASSIGN_OR_RETURN(Cell cell, FindNotNull(row, column));
  *value = std::string(cell.text);
  return absl::OkStatus();
}

}  // namespace dsql::postgres
