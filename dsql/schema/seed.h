// SPDX-License-Identifier: Apache-2.0

// Rows for a test, brought in by COPY, in transactions that DSQL allows: it
// takes 3,000 rows and 10 MiB in one.
//
//   auto rows = dsql::schema::SeedFromCsv(&connection, "users",
//                                         "id,name\n1,Alice\n2,\n");
//   auto more = dsql::schema::SeedRows(&connection, "users", {"id", "name"},
//                                      {{3, "Bob"}, {4, nullptr}});

#ifndef DSQL_SCHEMA_SEED_H_
#define DSQL_SCHEMA_SEED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/retry.h"

namespace dsql::schema {

struct SeedOptions {
  // The table's schema; found by the connection's search_path where it is
  // empty.
  std::string schema;
  // Of one transaction, at least 1; DSQL refuses more than 3,000.
  int batch_rows = 1000;
  // Of one transaction, as CSV; a single row may be larger.
  int64_t batch_bytes = 4 << 20;
  // How errors call the rows; SeedFromCsvFile() says the path.
  std::string name = "rows";
  // Of transactions that lose, 40001.
  postgres::RetryOptions retry;
};

// Fills `table`, a name without quotes, with the records of `csv`. The first
// one names the columns, as they are in the catalog; in the others nothing
// between commas is NULL and "" is an empty text, as COPY has it. Returns the
// number of rows. Each batch is a transaction: those before an error stay.
//
// Requires: `connection` is in no transaction.
// Errors: InvalidArgument with the line of a quote that is not closed, or
//   without a first record; those of the server, SqlError() with their
//   SQLSTATE, as "name:line-line: message" with the lines of the batch.
absl::StatusOr<int64_t> SeedFromCsv(postgres::Connection* connection,
                                    absl::string_view table,
                                    absl::string_view csv,
                                    const SeedOptions& options = {});

// SeedFromCsv() of a file.
//
// Errors: NotFound where it cannot be read.
absl::StatusOr<int64_t> SeedFromCsvFile(postgres::Connection* connection,
                                        absl::string_view table,
                                        const std::string& path,
                                        const SeedOptions& options = {});

// The same with rows of C++, each of which counts as a line, from 1.
//
// Errors: InvalidArgument for a row with another number of values than
//   `columns`.
absl::StatusOr<int64_t> SeedRows(
    postgres::Connection* connection, absl::string_view table,
    const std::vector<std::string>& columns,
    const std::vector<std::vector<postgres::Param>>& rows,
    const SeedOptions& options = {});

}  // namespace dsql::schema

#endif  // DSQL_SCHEMA_SEED_H_
