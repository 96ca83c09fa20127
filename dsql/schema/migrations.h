// SPDX-License-Identifier: Apache-2.0

// Migrations in a folder, by Flyway's names, applied in order and once.
//
//   V1__orders.sql          a version: run once, in the order of versions
//   V1.2__order_status.sql  1.2 comes after 1 and before 1.10; 1_2 is the same
//   R__views.sql            repeatable: run after the versions whenever its
//                           text is new or has changed, in the order of names
//
//   absl::Status migrated =
//       dsql::schema::ApplyMigrations(&connection, "db/migrations");
//
// What has been applied is kept in the table dsql_schema_history of the
// connection's current schema: version (NULL of repeatable ones), script,
// checksum and applied_at, a row a file. Checksums do not tell line ends apart.

#ifndef DSQL_SCHEMA_MIGRATIONS_H_
#define DSQL_SCHEMA_MIGRATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/connection.h"
#include "dsql/schema/apply_schema.h"

namespace dsql::schema {

// A file of the folder.
struct Migration {
  // Its name.
  std::string script;
  // "1.2"; empty for a repeatable one.
  std::string version;
  std::string sql;
  std::string checksum;
};

// The migrations of a folder in the order in which they are applied. Files
// whose names do not end in ".sql" and sub-folders are left alone.
//
// Errors: NotFound without the folder; InvalidArgument for a .sql file with
//   another name than above, and for two of the same version.
absl::StatusOr<std::vector<Migration>> ReadMigrations(
    const std::string& directory);

// Applies what has not been applied yet, each by ApplySchema(): one statement a
// transaction. Doing it again does nothing.
//
// Requires: `connection` is in no transaction. Nobody else migrates the same
//   cluster meanwhile.
// Errors: those of ReadMigrations() and of ApplySchema(), with the path. A file
//   that stopped halfway is not in the history, but its statements before the
//   error stay, for DSQL cannot undo them together.
//   FailedPrecondition, before anything has run: an applied version's text has
//   changed; its file is gone; a new version is older than one that was
//   applied.
absl::Status ApplyMigrations(postgres::Connection* connection,
                             const std::string& directory,
                             const SchemaOptions& options = {});

}  // namespace dsql::schema

#endif  // DSQL_SCHEMA_MIGRATIONS_H_
