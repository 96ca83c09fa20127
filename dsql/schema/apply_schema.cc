// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/apply_schema.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/result.h"
#include "dsql/schema/read_file.h"
#include "dsql/schema/script.h"

namespace dsql::schema {
namespace {

using ::dsql::postgres::Connection;
using ::dsql::postgres::Result;

struct Job {
  std::string id;
  const ScriptStatement* statement;
};

// Runs a transaction once; `jobs` are those that it submitted.
absl::Status RunOnce(Connection* connection, absl::string_view name,
                     const ScriptTransaction& transaction,
                     std::vector<Job>* jobs) {
  jobs->clear();
  for (const ScriptStatement& statement : transaction) {
    const absl::StatusOr<Result> result = connection->Execute(statement.text);
    if (!result.ok()) {
      // What went wrong first is what counts.
      if (transaction.size() > 1) {
        connection->Execute("ROLLBACK").status().IgnoreError();
      }
      return ErrorAt(name, statement, result.status());
    }
    // IF NOT EXISTS may have submitted none.
    if (statement.submits_job && !result->empty()) {
      DSQL_ASSIGN_OR_RETURN(std::string id, result->Get<std::string>(0, 0));
      jobs->push_back({std::move(id), &statement});
    }
  }
  return absl::OkStatus();
}

absl::Status AwaitJob(Connection* connection, const std::string& id) {
  DSQL_ASSIGN_OR_RETURN(const std::string quoted, connection->QuoteLiteral(id));
  DSQL_ASSIGN_OR_RETURN(
      const Result waited,
      connection->Execute(absl::StrCat("CALL sys.wait_for_job(", quoted, ")")));
  DSQL_ASSIGN_OR_RETURN(const bool succeeded, waited.Scalar<bool>());
  if (succeeded) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(
      const Result job,
      connection->Query("SELECT details FROM sys.jobs WHERE job_id = $1",
                        {id}));
  return absl::FailedPreconditionError(absl::StrCat(
      "The job ", id, " failed: ",
      job.Scalar<std::string>().value_or("sys.jobs has no details of it")));
}

absl::Status RunTransaction(Connection* connection,
                            const ScriptTransaction& transaction,
                            const SchemaOptions& options) {
  std::vector<Job> jobs;
  DSQL_RETURN_IF_ERROR(postgres::RetrySerializationFailures(
      [&] { return RunOnce(connection, options.name, transaction, &jobs); },
      options.retry));
  if (!options.wait_for_jobs) return absl::OkStatus();
  for (const Job& job : jobs) {
    const absl::Status awaited = postgres::RetrySerializationFailures(
        [&] { return AwaitJob(connection, job.id); }, options.retry);
    if (!awaited.ok()) return ErrorAt(options.name, *job.statement, awaited);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplySchema(Connection* connection, absl::string_view sql,
                         const SchemaOptions& options) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<ScriptTransaction> transactions,
                        ReadScript(options.name, sql));
  for (const ScriptTransaction& transaction : transactions) {
    DSQL_RETURN_IF_ERROR(RunTransaction(connection, transaction, options));
  }
  return absl::OkStatus();
}

absl::Status ApplySchemaFile(Connection* connection, const std::string& path,
                             const SchemaOptions& options) {
  DSQL_ASSIGN_OR_RETURN(const std::string sql, ReadFile(path));
  SchemaOptions named = options;
  named.name = path;
  return ApplySchema(connection, sql, named);
}

}  // namespace dsql::schema
