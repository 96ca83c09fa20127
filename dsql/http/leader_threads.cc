// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/leader_threads.h"

#include <utility>

#include "absl/time/time.h"

namespace dsql {
namespace http {
namespace {

namespace asio = ::boost::asio;

// How long a task of the leader's may take; up to twice that until it is
// noticed. A hundred times what a call of an operation takes.
constexpr absl::Duration kPatience = absl::Milliseconds(1);

// Tasks that are handed over after one that took long. Few, since a machine
// that is busy with something else makes any task take long.
constexpr int kWary = 16;

bool InTask(uint64_t turn) { return turn % 2 == 1; }

}  // namespace

LeaderThreads::LeaderThreads(int tasks) : guard_(io_.get_executor()) {
  for (int i = 0; i < tasks + 1; ++i) {
    threads_.emplace_back([this] { Serve(); });
  }
}

LeaderThreads::~LeaderThreads() { Stop(); }

void LeaderThreads::Stop() {
  if (threads_.empty()) return;
  // On the leader, which runs no task at that time.
  asio::post(io_, [this] {
    std::deque<std::shared_ptr<Task>> dropped;
    absl::MutexLock lock(&mutex_);
    stopping_.store(true);
    dropped.swap(waiting_);
    if (running_ == 0) guard_.reset();
  });
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void LeaderThreads::Serve() {
  for (;;) {
    std::shared_ptr<Task> task;
    switch (NextRole(&task)) {
      case Role::kLead:
        Lead();
        break;
      case Role::kWatch:
        if (Watch()) Lead();
        break;
      case Role::kWork:
        Work(std::move(task));
        break;
      case Role::kNone:
        return;
    }
  }
}

bool LeaderThreads::HasRole() const {
  return ended_ || !led_ || !watched_.load() || !waiting_.empty();
}

LeaderThreads::Role LeaderThreads::NextRole(std::shared_ptr<Task>* task) {
  absl::MutexLock lock(&mutex_);
  ++free_;
  mutex_.Await(absl::Condition(this, &LeaderThreads::HasRole));
  --free_;
  if (ended_) return Role::kNone;
  if (!led_) {
    led_ = true;
    return Role::kLead;
  }
  if (!waiting_.empty()) {
    *task = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    return Role::kWork;
  }
  watched_.store(true);
  return Role::kWatch;
}

void LeaderThreads::Lead() {
  Reign reign;
  reign_ = &reign;
  while (!reign.over && io_.run_one() != 0) {
  }
  absl::MutexLock lock(&mutex_);
  if (reign.over) return EndTask();
  ended_ = true;
}

bool LeaderThreads::Watch() {
  uint64_t seen = turn_.load();
  absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&ended_), kPatience)) {
    const uint64_t turn = turn_.load();
    if (turn == seen) {
      if (InTask(turn) && TakeOver(turn)) return true;
      Doze(turn);
    }
    seen = turn_.load();
  }
  return false;
}

void LeaderThreads::Doze(uint64_t turn) {
  dozes_.store(true);
  // The leader looks at both in the other order.
  if (turn_.load() == turn) {
    mutex_.Await(absl::Condition(this, &LeaderThreads::IsAwake));
  }
  dozes_.store(false);
}

bool LeaderThreads::IsAwake() const { return ended_ || !dozes_.load(); }

void LeaderThreads::WakeWatcher() {
  absl::MutexLock lock(&mutex_);
  dozes_.store(false);
}

bool LeaderThreads::TakeOver(uint64_t turn) {
  if (!turn_.compare_exchange_strong(turn, turn + 1)) return false;
  watched_.store(false);
  ++running_;
  wary_ = kWary;
  return true;
}

void LeaderThreads::Run(std::shared_ptr<Task> task) {
  const bool at_once = wary_ == 0 && watched_.load() && !stopping_.load();
  if (at_once || !HandOver(&task)) RunAsLeader(std::move(task));
}

bool LeaderThreads::HandOver(std::shared_ptr<Task>* task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_.load()) return true;
  const bool free = free_ > static_cast<int>(waiting_.size());
  if (watched_.load() && !free) return false;
  if (wary_ > 0) --wary_;
  waiting_.push_back(std::move(*task));
  return true;
}

void LeaderThreads::RunAsLeader(std::shared_ptr<Task> task) {
  Reign* const reign = reign_;
  uint64_t turn = turn_.fetch_add(1) + 1;
  if (dozes_.load()) WakeWatcher();
  task->Run();
  if (turn_.compare_exchange_strong(turn, turn + 1)) return task->Finish();
  reign->over = true;
  FinishLater(std::move(task));
}

void LeaderThreads::Work(std::shared_ptr<Task> task) {
  task->Run();
  FinishLater(std::move(task));
  absl::MutexLock lock(&mutex_);
  EndTask();
}

void LeaderThreads::FinishLater(std::shared_ptr<Task> task) {
  asio::post(io_, [task = std::move(task)] { task->Finish(); });
}

void LeaderThreads::EndTask() {
  --running_;
  if (stopping_.load() && running_ == 0) guard_.reset();
}

}  // namespace http
}  // namespace dsql
