// SPDX-License-Identifier: Apache-2.0

// The answer to one SQL statement.

#ifndef DSQL_POSTGRES_RESULT_H_
#define DSQL_POSTGRES_RESULT_H_

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/postgres/libpq.h"

namespace dsql::postgres {

// A column, by its number (from 0) or its name.
class Column {
 public:
  Column(int number) : number_(number) {}  // NOLINT: implicit on purpose
  Column(absl::string_view name) : name_(name) {}   // NOLINT
  Column(const char* name) : name_(name) {}         // NOLINT
  Column(const std::string& name) : name_(name) {}  // NOLINT

 private:
  friend class Result;
  int number_ = -1;
  absl::string_view name_;
};

// Owns a PGresult. Rows and columns count from 0.
//
// Thread-safety: const methods are safe.
class Result {
 public:
  Result() : Result(nullptr) {}
  // Takes `result`, which is in text format; null is an empty result.
  explicit Result(PGresult* result) : result_(result, PQclear) {}

  int row_count() const { return PQntuples(result_.get()); }
  int column_count() const { return PQnfields(result_.get()); }
  bool empty() const { return row_count() == 0; }
  std::vector<std::string> column_names() const;

  // Rows that INSERT, UPDATE, DELETE, MERGE or COPY affected, or that SELECT
  // returned; 0 for other statements.
  int64_t affected_rows() const;
  // "INSERT 0 5".
  std::string command_tag() const;

  // A value as T: bool, int16_t, int32_t, int64_t, double, std::string (any
  // type, as PostgreSQL prints it), or absl::optional of these, which is
  // nullopt for NULL.
  //
  // Errors: OutOfRange for a row or column that is not there and for a number
  //   that T does not hold; NotFound for a column name; FailedPrecondition for
  //   NULL; InvalidArgument for a type that does not fit T.
  template <typename T>
  absl::StatusOr<T> Get(int row, Column column) const {
    T value;
    absl::Status status = Fetch(row, column, &value);
    if (!status.ok()) return status;
    return value;
  }

  // Get<T>(0, 0) of a result that has exactly one row and one column.
  template <typename T>
  absl::StatusOr<T> Scalar() const {
    absl::Status status = CheckScalar();
    if (!status.ok()) return status;
    return Get<T>(0, 0);
  }

  absl::StatusOr<bool> IsNull(int row, Column column) const;

  // For what is not covered here. Not owned by the caller; may be null.
  const PGresult* raw() const { return result_.get(); }

 private:
  struct Cell {
    absl::string_view text;
    Oid type = 0;
    bool is_null = false;
    std::string name;  // for messages
  };

  absl::StatusOr<Cell> Find(int row, Column column) const;
  absl::StatusOr<Cell> FindNotNull(int row, Column column) const;
  absl::Status CheckScalar() const;

  absl::Status Fetch(int row, Column column, bool* value) const;
  absl::Status Fetch(int row, Column column, int16_t* value) const;
  absl::Status Fetch(int row, Column column, int32_t* value) const;
  absl::Status Fetch(int row, Column column, int64_t* value) const;
  absl::Status Fetch(int row, Column column, double* value) const;
  absl::Status Fetch(int row, Column column, std::string* value) const;

  template <typename T>
  absl::Status Fetch(int row, Column column, absl::optional<T>* value) const {
    absl::StatusOr<bool> is_null = IsNull(row, column);
    if (!is_null.ok()) return is_null.status();
    if (*is_null) {
      *value = absl::nullopt;
      return absl::OkStatus();
    }
    return Fetch(row, column, &value->emplace());
  }

  std::unique_ptr<PGresult, void (*)(PGresult*)> result_;
};

// A table as psql prints it, with NULL in words and at most 100 rows; the tag
// of a command, "INSERT 0 5"; the text of an error. Without a newline at its
// end.
std::string ToTable(const PGresult* result);

inline std::ostream& operator<<(std::ostream& out, const Result& result) {
  return out << ToTable(result.raw());
}
// GoogleTest's, which begins in the middle of a line.
inline void PrintTo(const Result& result, std::ostream* out) {
  *out << "\n" << result;
}

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_RESULT_H_
