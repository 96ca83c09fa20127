// SPDX-License-Identifier: Apache-2.0

// Runs what CREATE INDEX ASYNC and ALTER TABLE ASYNC submitted, apart from the
// sessions. What a job does is in dsql/jobs/sql/jobs.sql.

#ifndef DSQL_JOBS_JOB_RUNNER_H_
#define DSQL_JOBS_JOB_RUNNER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/jobs/job_hold.h"

namespace dsql {

// The superuser's connection to a database.
class JobDatabase {
 public:
  using Rows = std::vector<std::vector<std::string>>;

  virtual ~JobDatabase() = default;

  // Runs one statement in a transaction of its own; $1, $2, ... are `params`.
  // Returns values as text, NULL as the empty string. Implementations connect
  // when they are first called, and again where the connection was lost.
  virtual absl::StatusOr<Rows> Execute(
      absl::string_view sql, const std::vector<std::string>& params) = 0;

  // Makes an Execute() that runs in another thread return soon, with an error.
  // Implementations must be thread-safe in this.
  virtual void Cancel() = 0;
};

// One for each database. Its thread starts with the first Notify().
//
// Thread-safety: safe.
class JobRunner {
 public:
  // `database` is called by the thread of this alone, `clock` must outlive
  // this. `on_finished`, where it is set, is called by that thread whenever
  // jobs have ended: the catalog is another one then.
  JobRunner(std::unique_ptr<JobDatabase> database, Clock* clock,
            std::function<void()> on_finished = nullptr);
  // Stops.
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  // Something was committed that submitted a job, or time has passed: rows
  // vanish 30 minutes after their jobs ended. `done`, where it is set, is
  // called by the thread once all that is not held has been done, so that a
  // SELECT of sys.jobs that is run then is up to date; at once by this thread
  // after Stop().
  void Notify(std::function<void()> done = nullptr) ABSL_LOCKS_EXCLUDED(mutex_);

  // Keeps jobs from going on beyond `hold`, those that are there and later
  // ones. A job that is just being run may still end.
  void HoldJobs(JobHold hold) ABSL_LOCKS_EXCLUDED(mutex_);
  void ReleaseJobs() ABSL_LOCKS_EXCLUDED(mutex_);

  // OK, or why jobs were not run the last time, which is tried again with the
  // next Notify().
  absl::Status status() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Cancels what is being run and ends the thread; a job that did not end stays
  // as it is. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Callbacks = std::vector<std::function<void()>>;

  void Work() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for a Notify(), or for rows to purge. False to end.
  bool Await(Callbacks* callbacks) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status RunAll();
  absl::Status StartJobs();
  absl::Status FinishJobs();
  absl::Status FinishJob(const std::string& id);
  absl::StatusOr<JobDatabase::Rows> Execute(absl::string_view sql,
                                            std::vector<std::string> params);
  std::string Now() const;
  bool stopped() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::optional<JobHold> hold() const ABSL_LOCKS_EXCLUDED(mutex_);

  const std::unique_ptr<JobDatabase> database_;
  Clock* const clock_;
  const std::function<void()> on_finished_;

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  absl::optional<JobHold> hold_ ABSL_GUARDED_BY(mutex_);
  bool notified_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  Callbacks callbacks_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_JOBS_JOB_RUNNER_H_
