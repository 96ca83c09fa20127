// SPDX-License-Identifier: Apache-2.0

#include "dsql/jobs/postgres_job_database.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);

absl::StatusOr<JobDatabase::Rows> RowsOf(const postgres::Result& result) {
  JobDatabase::Rows rows(result.row_count());
  for (int row = 0; row < result.row_count(); ++row) {
    for (int column = 0; column < result.column_count(); ++column) {
      DSQL_ASSIGN_OR_RETURN(
          const absl::optional<std::string> value,
          result.Get<absl::optional<std::string>>(row, column));
      rows[row].push_back(value.value_or(""));
    }
  }
  return rows;
}

}  // namespace

absl::StatusOr<JobDatabase::Rows> PostgresJobDatabase::Execute(
    absl::string_view sql, const std::vector<std::string>& params) {
  if (!connection_.has_value()) DSQL_RETURN_IF_ERROR(Connect());
  const absl::StatusOr<postgres::Result> result = connection_->Query(
      sql, std::vector<postgres::Param>(params.begin(), params.end()));
  if (absl::IsUnavailable(result.status())) {
    connection_.reset();
    absl::MutexLock lock(&mutex_);
    backend_ = 0;
  }
  DSQL_RETURN_IF_ERROR(result.status());
  return RowsOf(*result);
}

absl::Status PostgresJobDatabase::Connect() {
  DSQL_ASSIGN_OR_RETURN(
      connection_, postgres::Connection::Open(server_.ToConninfo(),
                                              absl::Now() + kConnectTimeout));
  // A job that fails leaves the reason in its row, which a snapshot that is
  // older than the failure would not let it change.
  DSQL_RETURN_IF_ERROR(
      connection_
          ->Execute("SET default_transaction_isolation = 'read committed'")
          .status());
  absl::MutexLock lock(&mutex_);
  backend_ = PQbackendPID(connection_->raw());
  return absl::OkStatus();
}

void PostgresJobDatabase::Cancel() {
  int backend;
  {
    absl::MutexLock lock(&mutex_);
    backend = backend_;
  }
  if (backend == 0) return;
  absl::StatusOr<postgres::Connection> other = postgres::Connection::Open(
      server_.ToConninfo(), absl::Now() + kConnectTimeout);
  if (!other.ok()) return;
  other->Query("SELECT pg_cancel_backend($1::int)", {backend})
      .status()
      .IgnoreError();
}

}  // namespace dsql
