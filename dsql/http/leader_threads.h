// SPDX-License-Identifier: Apache-2.0

// Threads for connections whose requests are mostly quick to answer and now and
// then take long.

#ifndef DSQL_HTTP_LEADER_THREADS_H_
#define DSQL_HTTP_LEADER_THREADS_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "boost/asio.hpp"

namespace dsql {
namespace http {

// LeaderThreads run an io_context, one thread at a time: the leader. It runs
// tasks itself, since handing one to another thread and its outcome back would
// take longer than most tasks do. Meanwhile another thread watches: where a
// task takes longer than a moment, the watcher leads in its place, so that
// whatever a task waits for, others wait no longer than that.
//
// Where no thread is left to watch, tasks wait for one. After a task that took
// long the next ones are handed to other threads at once, as they may take long
// for the same reason.
//
// Thread-safe, but for Run().
class LeaderThreads {
 public:
  class Task {
   public:
    virtual ~Task() = default;

    // May take long. Runs on any of the threads.
    virtual void Run() = 0;

    // Runs on the leader, after Run().
    virtual void Finish() = 0;
  };

  // For so many tasks at a time, at least 1, with one thread more than that.
  explicit LeaderThreads(int tasks);
  ~LeaderThreads();
  LeaderThreads(const LeaderThreads&) = delete;
  LeaderThreads& operator=(const LeaderThreads&) = delete;

  boost::asio::io_context& io() { return io_; }

  // Requires: the calling thread is the leader, in a handler of io() that does
  // nothing more afterwards, as another one may lead then.
  void Run(std::shared_ptr<Task> task);

  // Drops the tasks that have not begun, and returns when the others have ended
  // and io() has nothing left to wait for, which the caller must have seen to.
  // Idempotent, but not thread-safe.
  void Stop();

 private:
  enum class Role { kLead, kWatch, kWork, kNone };

  // A thread's time as the leader.
  struct Reign {
    bool over = false;
  };

  void Serve();
  // Waits for one.
  Role NextRole(std::shared_ptr<Task>* task);
  void Lead();
  // Returns true where this thread has become the leader, and false at the end.
  bool Watch();
  void Work(std::shared_ptr<Task> task);

  // Leaves `task` to another thread, where one is free or nobody watches, or
  // drops it at the end. Returns false, with `task` as it was, otherwise.
  bool HandOver(std::shared_ptr<Task>* task);
  void RunAsLeader(std::shared_ptr<Task> task);
  void FinishLater(std::shared_ptr<Task> task);
  void WakeWatcher();
  // Until the leader begins a task other than that of `turn`.
  void Doze(uint64_t turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeOver(uint64_t turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndTask() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bool HasRole() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsAwake() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  boost::asio::io_context io_;

  // Odd while the leader runs a task. Who makes it even leads on: the leader
  // when the task has ended, or else the watcher.
  std::atomic<uint64_t> turn_{0};
  // The watcher sleeps until it is woken.
  std::atomic<bool> dozes_{false};
  // These change under `mutex_`.
  std::atomic<bool> watched_{false};
  std::atomic<bool> stopping_{false};

  // Only the leader uses these two.
  Reign* reign_ = nullptr;
  // So many of the next tasks are handed over.
  int wary_ = 0;

  absl::Mutex mutex_;
  // Keeps io_ running until stopping_ and no task runs.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      guard_ ABSL_GUARDED_BY(mutex_);
  bool led_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // Threads without a role.
  int free_ ABSL_GUARDED_BY(mutex_) = 0;
  // Tasks that others than the leader run.
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::shared_ptr<Task>> waiting_ ABSL_GUARDED_BY(mutex_);

  std::vector<std::thread> threads_;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_LEADER_THREADS_H_
