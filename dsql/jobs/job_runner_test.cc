// SPDX-License-Identifier: Apache-2.0

#include "dsql/jobs/job_runner.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

// What jobs.sql does, in memory.
struct FakeJobs {
  absl::Mutex mutex;
  std::map<std::string, std::string> status;
  std::vector<std::string> times;
  // finish_job() fails so often, then fail_job() has to be called.
  int failures = 0;
  bool blocks = false;
  absl::Notification cancelled, blocked;
};

class FakeJobDatabase final : public JobDatabase {
 public:
  explicit FakeJobDatabase(FakeJobs* jobs) : jobs_(jobs) {}

  absl::StatusOr<Rows> Execute(
      absl::string_view sql, const std::vector<std::string>& params) override {
    absl::MutexLock lock(&jobs_->mutex);
    if (absl::StrContains(sql, "'submitted'")) return In("submitted");
    if (absl::StrContains(sql, "'processing'")) return In("processing");
    jobs_->times.push_back(params.size() > 1 ? params[1] : params[0]);
    if (absl::StrContains(sql, "start_job")) {
      jobs_->status[params[0]] = "processing";
    } else if (absl::StrContains(sql, "finish_job")) {
      return Finish(params[0]);
    } else if (absl::StrContains(sql, "fail_job")) {
      jobs_->status[params[0]] = "failed: " + params[2];
    }
    return Rows();
  }

  void Cancel() override { jobs_->cancelled.Notify(); }

 private:
  Rows In(const std::string& status) {
    Rows rows;
    for (const auto& job : jobs_->status) {
      if (job.second == status) rows.push_back({job.first});
    }
    return rows;
  }

  absl::StatusOr<Rows> Finish(const std::string& id) {
    if (jobs_->blocks) {
      jobs_->blocked.Notify();
      jobs_->cancelled.WaitForNotification();
      return absl::CancelledError("cancelled");
    }
    if (jobs_->failures > 0) {
      --jobs_->failures;
      return absl::InternalError("no luck");
    }
    jobs_->status[id] = "completed";
    return Rows();
  }

  FakeJobs* const jobs_;
};

class JobRunnerTest : public ::testing::Test {
 protected:
  void Submit(const std::string& id) {
    absl::MutexLock lock(&jobs_.mutex);
    jobs_.status[id] = "submitted";
  }

  std::string StatusOf(const std::string& id) {
    absl::MutexLock lock(&jobs_.mutex);
    return jobs_.status[id];
  }

  void RunAll() {
    absl::Notification done;
    runner_.Notify([&] { done.Notify(); });
    done.WaitForNotification();
  }

  FakeJobs jobs_;
  SimulatedClock clock_;
  int finished_ = 0;
  JobRunner runner_{std::make_unique<FakeJobDatabase>(&jobs_), &clock_,
                    [this] { ++finished_; }};
};

TEST_F(JobRunnerTest, RunsWhatWasSubmitted) {
  Submit("a");
  Submit("b");
  RunAll();
  EXPECT_EQ(StatusOf("a"), "completed");
  EXPECT_EQ(StatusOf("b"), "completed");
  EXPECT_EQ(finished_, 1);
  EXPECT_TRUE(runner_.status().ok()) << runner_.status();
}

TEST_F(JobRunnerTest, TellsTheTimeOfTheClock) {
  RunAll();
  clock_.Advance(absl::Minutes(31));
  RunAll();
  EXPECT_EQ(jobs_.times,
            (std::vector<std::string>{"2026-01-01T00:00:00+00:00",
                                      "2026-01-01T00:31:00+00:00"}));
}

TEST_F(JobRunnerTest, HoldsJobsInAnyStatus) {
  runner_.HoldJobs(JobHold::kSubmitted);
  Submit("a");
  RunAll();
  EXPECT_EQ(StatusOf("a"), "submitted");
  runner_.HoldJobs(JobHold::kProcessing);
  RunAll();
  EXPECT_EQ(StatusOf("a"), "processing");
  EXPECT_EQ(finished_, 0);
  runner_.ReleaseJobs();
  RunAll();
  EXPECT_EQ(StatusOf("a"), "completed");
}

TEST_F(JobRunnerTest, TriesAgainAndThenFailsTheJob) {
  jobs_.failures = 2;
  Submit("a");
  RunAll();
  EXPECT_EQ(StatusOf("a"), "completed");
  jobs_.failures = 3;
  Submit("b");
  RunAll();
  EXPECT_EQ(StatusOf("b"), "failed: no luck");
}

TEST_F(JobRunnerTest, StopCancelsWhatIsBeingRun) {
  jobs_.blocks = true;
  Submit("a");
  absl::Notification done;
  runner_.Notify([&] { done.Notify(); });
  jobs_.blocked.WaitForNotification();
  runner_.Stop();
  EXPECT_TRUE(done.HasBeenNotified());
  EXPECT_EQ(StatusOf("a"), "processing");
  runner_.Stop();
  bool called = false;
  runner_.Notify([&] { called = true; });
  EXPECT_TRUE(called);
}

}  // namespace
}  // namespace dsql
