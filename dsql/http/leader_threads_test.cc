// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/leader_threads.h"

#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "boost/asio.hpp"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(30);

class FunctionTask final : public LeaderThreads::Task {
 public:
  FunctionTask(std::function<void()> run, std::function<void()> finish)
      : run_(std::move(run)), finish_(std::move(finish)) {}

  void Run() override { run_(); }
  void Finish() override { finish_(); }

 private:
  const std::function<void()> run_;
  const std::function<void()> finish_;
};

// Has `threads` run a task as soon as they lead to it.
void Post(
    LeaderThreads* threads, std::function<void()> run,
    std::function<void()> finish = [] {}) {
  auto task = std::make_shared<FunctionTask>(std::move(run), std::move(finish));
  boost::asio::post(threads->io(), [threads, task = std::move(task)]() mutable {
    threads->Run(std::move(task));
  });
}

bool Comes(const absl::Notification& event) {
  return event.WaitForNotificationWithTimeout(kDeadline);
}

// A task that waits for `release`.
struct Blocked {
  explicit Blocked(LeaderThreads* threads) {
    Post(
        threads,
        [this] {
          begun.Notify();
          release.WaitForNotificationWithTimeout(kDeadline);
        },
        [this] { finished.Notify(); });
  }

  absl::Notification begun;
  absl::Notification release;
  absl::Notification finished;
};

TEST(LeaderThreadsTest, ATaskIsFinishedAfterItRan) {
  LeaderThreads threads(1);
  bool ran = false;
  absl::Notification finished;
  Post(
      &threads, [&] { ran = true; },
      [&] {
        EXPECT_TRUE(ran);
        finished.Notify();
      });
  EXPECT_TRUE(Comes(finished));
}

TEST(LeaderThreadsTest, ATaskThatWaitsStopsNobody) {
  LeaderThreads threads(8);
  Blocked blocked(&threads);
  ASSERT_TRUE(Comes(blocked.begun));
  absl::Notification other;
  Post(&threads, [&] { other.Notify(); });
  EXPECT_TRUE(Comes(other));
  EXPECT_FALSE(blocked.finished.HasBeenNotified());
  blocked.release.Notify();
  EXPECT_TRUE(Comes(blocked.finished));
}

TEST(LeaderThreadsTest, SoManyTasksRunAtATimeAndIoAllTheWhile) {
  for (const int count : {1, 2, 5}) {
    LeaderThreads threads(count);
    std::vector<std::unique_ptr<Blocked>> blocked;
    for (int i = 0; i < count; ++i) {
      blocked.push_back(std::make_unique<Blocked>(&threads));
      ASSERT_TRUE(Comes(blocked.back()->begun)) << i << " of " << count;
    }
    Blocked waits(&threads);
    absl::Notification served;
    boost::asio::post(threads.io(), [&] { served.Notify(); });
    EXPECT_TRUE(Comes(served)) << count;
    EXPECT_FALSE(waits.begun.HasBeenNotified()) << count;
    blocked.front()->release.Notify();
    EXPECT_TRUE(Comes(waits.begun)) << count;
    waits.release.Notify();
    for (const auto& one : blocked) {
      if (!one->release.HasBeenNotified()) one->release.Notify();
    }
    threads.Stop();
  }
}

// Every other task waits for the next one, and what handlers and Finish() share
// has no lock.
TEST(LeaderThreadsTest, OneThreadAtATimeLeads) {
  constexpr int kTasks = 400;
  LeaderThreads threads(3);
  std::vector<absl::Notification> ran(kTasks);
  int finished = 0;
  absl::Notification all;
  for (int i = 0; i < kTasks; ++i) {
    Post(
        &threads,
        [&ran, i] {
          if (i % 2 == 0) ran[i + 1].WaitForNotificationWithTimeout(kDeadline);
          ran[i].Notify();
        },
        [&] {
          if (++finished == kTasks) all.Notify();
        });
    boost::asio::post(threads.io(), [&finished] { finished += 0; });
  }
  EXPECT_TRUE(Comes(all));
  threads.Stop();
  EXPECT_EQ(finished, kTasks);
}

TEST(LeaderThreadsTest, StopWaitsForWhatHasBegun) {
  LeaderThreads threads(1);
  Blocked blocked(&threads);
  ASSERT_TRUE(Comes(blocked.begun));
  std::thread stop([&] { threads.Stop(); });
  absl::Notification served;
  boost::asio::post(threads.io(), [&] { served.Notify(); });
  EXPECT_TRUE(Comes(served));
  EXPECT_FALSE(blocked.finished.HasBeenNotified());
  blocked.release.Notify();
  stop.join();
  EXPECT_TRUE(blocked.finished.HasBeenNotified());
}

TEST(LeaderThreadsTest, StopIsIdempotent) {
  LeaderThreads threads(2);
  threads.Stop();
  threads.Stop();
}

}  // namespace
}  // namespace http
}  // namespace dsql
