// SPDX-License-Identifier: Apache-2.0

#include "dsql/cluster_watch.h"

#include <atomic>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kDeadline = absl::Seconds(30);

// What a Storage would say, and what was closed.
class ClusterWatchTest : public ::testing::Test {
 protected:
  ClusterWatch::Options Options(
      absl::Duration interval = absl::Milliseconds(1)) {
    ClusterWatch::Options options;
    options.interval = interval;
    options.find_deleted = [this](absl::string_view region,
                                  const std::set<std::string>& identifiers) {
      return Find(region, identifiers);
    };
    options.close = [this](absl::string_view region,
                           absl::string_view identifier) {
      absl::MutexLock lock(&mutex_);
      closed_.push_back(absl::StrCat(region, "/", identifier));
    };
    return options;
  }

  absl::StatusOr<std::vector<std::string>> Find(
      absl::string_view region, const std::set<std::string>& identifiers) {
    absl::MutexLock lock(&mutex_);
    ++looks_;
    asked_ = identifiers;
    if (!error_.ok()) return error_;
    std::vector<std::string> deleted;
    for (const std::string& identifier : identifiers) {
      if (deleted_.count(absl::StrCat(region, "/", identifier)) > 0)
        deleted.push_back(identifier);
    }
    return deleted;
  }

  void Delete(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    deleted_.insert(name);
  }

  void Fail(absl::Status error) {
    absl::MutexLock lock(&mutex_);
    error_ = std::move(error);
  }

  // Whether the watch looks as many times more.
  bool AwaitLooks(int count) {
    absl::MutexLock lock(&mutex_);
    const int enough = looks_ + count;
    const auto is_enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return looks_ >= enough;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&is_enough), kDeadline);
  }

  bool AwaitClosed(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto is_enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return closed_.size() >= count;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&is_enough), kDeadline);
  }

  std::vector<std::string> closed() {
    absl::MutexLock lock(&mutex_);
    return closed_;
  }

  absl::Mutex mutex_;
  int looks_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::string> asked_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> deleted_ ABSL_GUARDED_BY(mutex_);
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> closed_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(ClusterWatchTest, ClosesWhatIsDeletedOnceAndNothingElse) {
  ClusterWatch watch(Options());
  watch.Add("us-east-1", "a");
  watch.Add("us-east-1", "b");
  watch.Add("us-east-2", "a");
  ASSERT_TRUE(AwaitLooks(4));
  EXPECT_THAT(closed(), ElementsAre());
  Delete("us-east-2/a");
  ASSERT_TRUE(AwaitClosed(1));
  ASSERT_TRUE(AwaitLooks(4));
  EXPECT_THAT(closed(), ElementsAre("us-east-2/a"));
  Delete("us-east-1/a");
  Delete("us-east-1/b");
  ASSERT_TRUE(AwaitClosed(3));
  watch.Stop();
  EXPECT_THAT(closed(), UnorderedElementsAre("us-east-2/a", "us-east-1/a",
                                             "us-east-1/b"));
}

TEST_F(ClusterWatchTest, ErrorClosesNothing) {
  Delete("us-east-1/a");
  Fail(absl::UnavailableError("The server is away for a moment"));
  ClusterWatch watch(Options());
  watch.Add("us-east-1", "a");
  ASSERT_TRUE(AwaitLooks(5));
  EXPECT_THAT(closed(), ElementsAre());
  Fail(absl::OkStatus());
  EXPECT_TRUE(AwaitClosed(1));
}

TEST_F(ClusterWatchTest, LooksForWhatWasRemovedNoMore) {
  ClusterWatch watch(Options());
  watch.Add("us-east-1", "a");
  watch.Add("us-east-1", "b");
  watch.Remove("us-east-1", "a");
  watch.Remove("us-east-1", "never-there");
  watch.Remove("eu-west-1", "a");
  // The first of these may have begun before.
  ASSERT_TRUE(AwaitLooks(2));
  absl::MutexLock lock(&mutex_);
  EXPECT_THAT(asked_, ElementsAre("b"));
}

TEST_F(ClusterWatchTest, AddsAgainAfterAllWereRemoved) {
  ClusterWatch watch(Options());
  watch.Add("us-east-1", "a");
  ASSERT_TRUE(AwaitLooks(1));
  watch.Remove("us-east-1", "a");
  Delete("us-east-1/b");
  watch.Add("us-east-1", "b");
  ASSERT_TRUE(AwaitClosed(1));
  EXPECT_THAT(closed(), ElementsAre("us-east-1/b"));
}

TEST_F(ClusterWatchTest, InfiniteIntervalNeverLooks) {
  Delete("us-east-1/a");
  ClusterWatch watch(Options(absl::InfiniteDuration()));
  watch.Add("us-east-1", "a");
  watch.Stop();
  absl::MutexLock lock(&mutex_);
  EXPECT_EQ(looks_, 0);
}

TEST_F(ClusterWatchTest, StopDoesNotWaitForTheNextLook) {
  ClusterWatch watch(Options(absl::Hours(1)));
  watch.Add("us-east-1", "a");
  watch.Stop();
  watch.Stop();
  watch.Add("us-east-1", "b");
  absl::MutexLock lock(&mutex_);
  EXPECT_EQ(looks_, 0);
}

TEST_F(ClusterWatchTest, StopWaitsForWhoIsCalled) {
  ClusterWatch::Options options = Options();
  absl::Notification called;
  absl::Notification go_on;
  std::atomic<bool> returned{false};
  options.find_deleted = [&](absl::string_view, const std::set<std::string>&)
      -> absl::StatusOr<std::vector<std::string>> {
    if (!called.HasBeenNotified()) called.Notify();
    go_on.WaitForNotificationWithTimeout(kDeadline);
    returned = true;
    return std::vector<std::string>();
  };
  ClusterWatch watch(std::move(options));
  watch.Add("us-east-1", "a");
  ASSERT_TRUE(called.WaitForNotificationWithTimeout(kDeadline));
  go_on.Notify();
  watch.Stop();
  EXPECT_TRUE(returned);
}

}  // namespace
}  // namespace dsql
