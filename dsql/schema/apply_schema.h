// SPDX-License-Identifier: Apache-2.0

// A schema, put into a cluster as DSQL demands it: one DDL statement in a
// transaction, none beside other statements, and indexes by jobs.
//
//   absl::Status applied =
//       dsql::schema::ApplySchemaFile(&connection, "schema/orders.sql");
//
// It works on FakeDsql and on Aurora DSQL itself.

#ifndef DSQL_SCHEMA_APPLY_SCHEMA_H_
#define DSQL_SCHEMA_APPLY_SCHEMA_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/retry.h"

namespace dsql::schema {

struct SchemaOptions {
  // How errors call the text; ApplySchemaFile() says the path.
  std::string name = "schema.sql";
  // Whether to wait for the job of each CREATE INDEX ASYNC and ALTER TABLE
  // ASYNC. Jobs that a test holds never end: then set it to false.
  bool wait_for_jobs = true;
  // Of transactions that lose, 40001, as after a schema change elsewhere.
  postgres::RetryOptions retry;
};

// Runs each statement of `sql` as a transaction of its own, and what is between
// BEGIN and COMMIT as one. Stops at the first error; what ran before it stays,
// as DSQL's DDL cannot be undone together.
//
// Requires: `connection` is in no transaction.
// Errors: all are "name:line: message", with what to write instead where DSQL
//   refuses a statement. What cannot be parsed is told before anything has run.
//   Those of the server are SqlError() with their SQLSTATE;
//   FailedPrecondition where a job failed, with its details.
absl::Status ApplySchema(postgres::Connection* connection,
                         absl::string_view sql,
                         const SchemaOptions& options = {});

// ApplySchema() of a file.
//
// Errors: NotFound where it cannot be read.
absl::Status ApplySchemaFile(postgres::Connection* connection,
                             const std::string& path,
                             const SchemaOptions& options = {});

}  // namespace dsql::schema

#endif  // DSQL_SCHEMA_APPLY_SCHEMA_H_
