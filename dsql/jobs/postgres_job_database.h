// SPDX-License-Identifier: Apache-2.0

// The connection on which jobs are run.

#ifndef DSQL_JOBS_POSTGRES_JOB_DATABASE_H_
#define DSQL_JOBS_POSTGRES_JOB_DATABASE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/jobs/job_runner.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"

namespace dsql {

class PostgresJobDatabase final : public JobDatabase {
 public:
  // `server` is the superuser's way in, which is used when it is needed.
  explicit PostgresJobDatabase(postgres::ConnectionParameters server)
      : server_(std::move(server)) {}

  absl::StatusOr<Rows> Execute(absl::string_view sql,
                               const std::vector<std::string>& params) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Cancel() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status Connect() ABSL_LOCKS_EXCLUDED(mutex_);

  const postgres::ConnectionParameters server_;
  // Of the thread that executes.
  absl::optional<postgres::Connection> connection_;

  absl::Mutex mutex_;
  // Of the server process that executes; 0 while there is none.
  int backend_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace dsql

#endif  // DSQL_JOBS_POSTGRES_JOB_DATABASE_H_
