// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/migrations.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/result.h"
#include "dsql/postgres/retry.h"

namespace dsql::schema {
namespace {

using ::dsql::postgres::Connection;
using ::dsql::postgres::Result;

constexpr char kCreateHistory[] =
    "CREATE TABLE dsql_schema_history ("
    "script text PRIMARY KEY, version text, checksum text NOT NULL, "
    "applied_at timestamptz NOT NULL DEFAULT now())";

// The checksums of what was applied, by script and by version.
struct History {
  std::map<std::string, std::string> scripts;
  std::map<std::string, std::string> versions;  // to their scripts
};

absl::StatusOr<History> ReadHistory(Connection* connection,
                                    const SchemaOptions& options) {
  absl::StatusOr<Result> rows = QueryWithRetry(
      connection, "SELECT script, version, checksum FROM dsql_schema_history",
      {}, options.retry);
  // Not CREATE TABLE IF NOT EXISTS each time: that is a schema change, too.
  if (absl::IsNotFound(rows.status())) {
    rows = QueryWithRetry(connection, kCreateHistory, {}, options.retry);
  }
  DSQL_RETURN_IF_ERROR(rows.status());
  History history;
  for (int row = 0; row < rows->row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const std::string script,
                          rows->Get<std::string>(row, "script"));
    DSQL_ASSIGN_OR_RETURN(
        const absl::optional<std::string> version,
        rows->Get<absl::optional<std::string>>(row, "version"));
    DSQL_ASSIGN_OR_RETURN(history.scripts[script],
                          rows->Get<std::string>(row, "checksum"));
    if (version.has_value()) history.versions[*version] = script;
  }
  return history;
}

absl::Status Mismatch(absl::string_view script, absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(script, " ", what));
}

// Whether a version of the folder was applied, as it is.
absl::StatusOr<bool> IsApplied(const Migration& migration,
                               const History& history) {
  const auto found = history.versions.find(migration.version);
  if (found == history.versions.end()) return false;
  if (found->second != migration.script) {
    return Mismatch(migration.script,
                    absl::StrCat("has the version of ", found->second,
                                 ", which was applied: give the file its name "
                                 "back, or another version"));
  }
  if (history.scripts.at(migration.script) != migration.checksum) {
    return Mismatch(migration.script,
                    "was applied with another text: put the change into a "
                    "new version, or make the cluster anew");
  }
  return true;
}

// The versions are those that were applied, in order, and new ones behind.
absl::Status CheckVersions(const std::vector<Migration>& migrations,
                           const History& history) {
  std::map<std::string, std::string> missing = history.versions;
  const Migration* first_new = nullptr;
  for (const Migration& migration : migrations) {
    if (migration.version.empty()) continue;
    DSQL_ASSIGN_OR_RETURN(const bool applied, IsApplied(migration, history));
    missing.erase(migration.version);
    if (!applied) {
      if (first_new == nullptr) first_new = &migration;
    } else if (first_new != nullptr) {
      return Mismatch(first_new->script,
                      absl::StrCat("is new, but older than ", migration.script,
                                   ", which was applied: give it a version "
                                   "behind that"));
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return Mismatch(missing.begin()->second,
                  "was applied, but is not in the folder: put it back, or "
                  "make the cluster anew");
}

bool IsNew(const Migration& migration, const History& history) {
  const auto found = history.scripts.find(migration.script);
  return found == history.scripts.end() || found->second != migration.checksum;
}

absl::Status Apply(Connection* connection, const std::string& directory,
                   const Migration& migration, const SchemaOptions& options) {
  SchemaOptions named = options;
  named.name = absl::StrCat(directory, "/", migration.script);
  DSQL_RETURN_IF_ERROR(ApplySchema(connection, migration.sql, named));
  const postgres::Param version = migration.version.empty()
                                      ? postgres::Param(nullptr)
                                      : postgres::Param(migration.version);
  return QueryWithRetry(
             connection,
             "INSERT INTO dsql_schema_history (script, version, checksum) "
             "VALUES ($1, $2, $3) ON CONFLICT (script) DO UPDATE SET "
             "checksum = excluded.checksum, applied_at = now()",
             {migration.script, version, migration.checksum}, options.retry)
      .status();
}

}  // namespace

absl::Status ApplyMigrations(Connection* connection,
                             const std::string& directory,
                             const SchemaOptions& options) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<Migration> migrations,
                        ReadMigrations(directory));
  DSQL_ASSIGN_OR_RETURN(const History history,
                        ReadHistory(connection, options));
  DSQL_RETURN_IF_ERROR(CheckVersions(migrations, history));
  for (const Migration& migration : migrations) {
    if (!IsNew(migration, history)) continue;
    DSQL_RETURN_IF_ERROR(Apply(connection, directory, migration, options));
  }
  return absl::OkStatus();
}

}  // namespace dsql::schema
