// SPDX-License-Identifier: Apache-2.0

#include "dsql/jobs/job_runner.h"

#include <utility>

#include "absl/time/time.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

// Rows live 30 minutes; a thread that looks a little later sees all of them.
constexpr absl::Duration kPurgeInterval = absl::Minutes(31);
// A DROP that runs beside a job makes it fail, and then there is nothing to do.
constexpr int kAttempts = 3;

}  // namespace

JobRunner::JobRunner(std::unique_ptr<JobDatabase> database, Clock* clock,
                     std::function<void()> on_finished)
    : database_(std::move(database)),
      clock_(clock),
      on_finished_(std::move(on_finished)) {}

JobRunner::~JobRunner() { Stop(); }

void JobRunner::Notify(std::function<void()> done) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopped_) {
      if (done != nullptr) callbacks_.push_back(std::move(done));
      notified_ = true;
      if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
      changed_.Signal();
      return;
    }
  }
  if (done != nullptr) done();
}

void JobRunner::HoldJobs(JobHold hold) {
  absl::MutexLock lock(&mutex_);
  hold_ = hold;
}

void JobRunner::ReleaseJobs() {
  {
    absl::MutexLock lock(&mutex_);
    hold_.reset();
  }
  Notify();
}

absl::Status JobRunner::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

void JobRunner::Stop() {
  std::thread thread;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.Signal();
    thread = std::move(thread_);
  }
  if (!thread.joinable()) return;
  database_->Cancel();
  thread.join();
}

void JobRunner::Work() {
  Callbacks callbacks;
  while (Await(&callbacks)) {
    absl::Status status = RunAll();
    {
      absl::MutexLock lock(&mutex_);
      status_ = std::move(status);
    }
    for (const auto& done : callbacks) done();
    callbacks.clear();
  }
  for (const auto& done : callbacks) done();
}

bool JobRunner::Await(Callbacks* callbacks) {
  absl::MutexLock lock(&mutex_);
  while (!notified_ && !stopped_) {
    if (changed_.WaitWithTimeout(&mutex_, kPurgeInterval)) break;
  }
  notified_ = false;
  *callbacks = std::exchange(callbacks_, {});
  return !stopped_;
}

absl::Status JobRunner::RunAll() {
  DSQL_RETURN_IF_ERROR(StartJobs());
  DSQL_RETURN_IF_ERROR(FinishJobs());
  return Execute("SELECT dsql_internal.purge_jobs($1::timestamptz)", {Now()})
      .status();
}

absl::Status JobRunner::StartJobs() {
  if (hold() == JobHold::kSubmitted) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(
      const JobDatabase::Rows jobs,
      Execute("SELECT dsql_internal.jobs_in('submitted')", {}));
  for (const std::vector<std::string>& job : jobs) {
    DSQL_RETURN_IF_ERROR(
        Execute("SELECT dsql_internal.start_job($1::uuid, $2::timestamptz)",
                {job[0], Now()})
            .status());
  }
  return absl::OkStatus();
}

absl::Status JobRunner::FinishJobs() {
  if (hold().has_value()) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(
      const JobDatabase::Rows jobs,
      Execute("SELECT dsql_internal.jobs_in('processing')", {}));
  for (const std::vector<std::string>& job : jobs) {
    DSQL_RETURN_IF_ERROR(FinishJob(job[0]));
  }
  if (!jobs.empty() && on_finished_ != nullptr) on_finished_();
  return absl::OkStatus();
}

absl::Status JobRunner::FinishJob(const std::string& id) {
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    status =
        Execute("SELECT dsql_internal.finish_job($1::uuid, $2::timestamptz)",
                {id, Now()})
            .status();
    if (status.ok()) return status;
  }
  if (absl::IsUnavailable(status) || stopped()) return status;
  return Execute("SELECT dsql_internal.fail_job($1::uuid, $2::timestamptz, $3)",
                 {id, Now(), std::string(status.message())})
      .status();
}

absl::StatusOr<JobDatabase::Rows> JobRunner::Execute(
    absl::string_view sql, std::vector<std::string> params) {
  if (stopped()) return absl::CancelledError("The job runner was stopped");
  return database_->Execute(sql, params);
}

std::string JobRunner::Now() const {
  return absl::FormatTime(absl::RFC3339_full, clock_->Now(),
                          absl::UTCTimeZone());
}

bool JobRunner::stopped() const {
  absl::MutexLock lock(&mutex_);
  return stopped_;
}

absl::optional<JobHold> JobRunner::hold() const {
  absl::MutexLock lock(&mutex_);
  return hold_;
}

}  // namespace dsql
