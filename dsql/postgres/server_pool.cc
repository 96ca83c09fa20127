// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/server_pool.h"

#include <unistd.h>

#include <deque>
#include <functional>
#include <iostream>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/environment.h"
#include "dsql/postgres/launcher.h"

namespace dsql::postgres {
namespace internal {

using DatabasePtr = std::unique_ptr<PooledDatabase>;

// What the pool and its leases share. A thread, started with the first release,
// resets databases and starts spare ones.
class PoolCore {
 public:
  // `finish` is called by Stop(): what `launch` keeps for later goes.
  PoolCore(
      ServerPoolOptions options, ServerPool::Launch launch,
      std::function<absl::Status()> finish = [] { return absl::OkStatus(); })
      : options_(std::move(options)),
        launch_(std::move(launch)),
        finish_(std::move(finish)),
        owner_pid_(getpid()) {}

  absl::StatusOr<DatabasePtr> Acquire() ABSL_LOCKS_EXCLUDED(mutex_);
  void Release(DatabasePtr database) ABSL_LOCKS_EXCLUDED(mutex_);
  void Warm() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Stop() ABSL_LOCKS_EXCLUDED(mutex_);
  ServerPoolStats stats() const ABSL_LOCKS_EXCLUDED(mutex_);
  const ServerPoolOptions& options() const { return options_; }

  // Whether this is a copy in a forked child: without the thread, with a mutex
  // in any state, and with servers and connections that are the parent's.
  bool forked() const { return owner_pid_ != getpid(); }

 private:
  // What Acquire() does next.
  enum class Way { kTake, kStart, kStopped, kTimeout };

  absl::StatusOr<DatabasePtr> Start() ABSL_LOCKS_EXCLUDED(mutex_);
  Way Await(absl::Time deadline, DatabasePtr* taken)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Discard(DatabasePtr database) ABSL_LOCKS_EXCLUDED(mutex_);
  // In the place of resetting or stopping it.
  void Keep(DatabasePtr database) ABSL_LOCKS_EXCLUDED(mutex_);

  void Work() ABSL_LOCKS_EXCLUDED(mutex_);
  void ResetOne(DatabasePtr database) ABSL_LOCKS_EXCLUDED(mutex_);
  void StartSpare() ABSL_LOCKS_EXCLUDED(mutex_);
  bool WantsSpare() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return recycles_ && !spare_failed_ &&
           static_cast<int>(ready_.size()) < options_.spare_servers;
  }
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || !released_.empty() || WantsSpare();
  }

  const ServerPoolOptions options_;
  const ServerPool::Launch launch_;
  const std::function<absl::Status()> finish_;
  const pid_t owner_pid_;
  const bool keeps_ = ReadEnvironment().keep_servers;

  mutable absl::Mutex mutex_;
  // The one used last comes first: its memory is warm.
  std::vector<DatabasePtr> ready_ ABSL_GUARDED_BY(mutex_);
  std::deque<DatabasePtr> released_ ABSL_GUARDED_BY(mutex_);
  // Being reset or started by the thread, so ready soon.
  int coming_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  // A lease was taken after one had been given back, or Warm() was called.
  bool recycles_ ABSL_GUARDED_BY(mutex_) = false;
  bool released_any_ ABSL_GUARDED_BY(mutex_) = false;
  // Not tried again before something else happens.
  bool spare_failed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  ServerPoolStats stats_ ABSL_GUARDED_BY(mutex_);
  absl::CondVar changed_;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<DatabasePtr> PoolCore::Acquire() {
  const absl::Time deadline = absl::Now() + options_.acquire_timeout;
  while (true) {
    DatabasePtr database;
    Way way;
    {
      absl::MutexLock lock(&mutex_);
      way = Await(deadline, &database);
    }
    if (way == Way::kStopped) {
      return absl::FailedPreconditionError("The server pool was stopped");
    }
    if (way == Way::kTimeout) {
      return absl::DeadlineExceededError(
          absl::StrCat("No Postgres server became ready within ",
                       absl::FormatDuration(options_.acquire_timeout)));
    }
    if (way == Way::kStart) {
      DSQL_ASSIGN_OR_RETURN(database, Start());
    } else if (!database->Health().ok()) {
      // It died while nobody used it.
      Discard(std::move(database));
      continue;
    }
    DSQL_RETURN_IF_ERROR(database->Lend());
    absl::MutexLock lock(&mutex_);
    ++stats_.leased;
    recycles_ |= released_any_;
    changed_.SignalAll();
    return database;
  }
}

PoolCore::Way PoolCore::Await(absl::Time deadline, DatabasePtr* taken) {
  while (true) {
    if (stopped_) return Way::kStopped;
    if (!ready_.empty()) {
      *taken = std::move(ready_.back());
      ready_.pop_back();
      return Way::kTake;
    }
    // Waiting is shorter than starting, as long as there is one for everybody.
    if (coming_ + static_cast<int>(released_.size()) <= waiting_) {
      return Way::kStart;
    }
    ++waiting_;
    const bool timed_out = changed_.WaitWithDeadline(&mutex_, deadline);
    --waiting_;
    if (timed_out && ready_.empty()) return Way::kTimeout;
  }
}

absl::StatusOr<DatabasePtr> PoolCore::Start() {
  DSQL_ASSIGN_OR_RETURN(DatabasePtr database, launch_(options_));
  absl::MutexLock lock(&mutex_);
  ++stats_.started;
  return database;
}

void PoolCore::Discard(DatabasePtr database) {
  {
    absl::MutexLock lock(&mutex_);
    ++stats_.discarded;
  }
  database.reset();
}

void PoolCore::Keep(DatabasePtr database) {
  const absl::StatusOr<std::string> kept = database->Keep();
  std::cerr << "DSQL_KEEP=1: " << (kept.ok() ? *kept : kept.status().ToString())
            << std::endl;
  Discard(std::move(database));
}

void PoolCore::Release(DatabasePtr database) {
  if (keeps_) {
    {
      absl::MutexLock lock(&mutex_);
      --stats_.leased;
    }
    return Keep(std::move(database));
  }
  absl::ReleasableMutexLock lock(&mutex_);
  --stats_.leased;
  if (stopped_) {
    lock.Release();
    Discard(std::move(database));
    return;
  }
  released_any_ = true;
  spare_failed_ = false;
  released_.push_back(std::move(database));
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
  changed_.SignalAll();
}

void PoolCore::Warm() {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return;
  recycles_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
  changed_.SignalAll();
}

void PoolCore::Work() {
  while (true) {
    DatabasePtr database;
    {
      absl::MutexLock lock(&mutex_);
      while (!HasWork()) changed_.Wait(&mutex_);
      if (stopped_) return;
      if (!released_.empty()) {
        database = std::move(released_.front());
        released_.pop_front();
      }
      ++coming_;
    }
    if (database != nullptr) {
      ResetOne(std::move(database));
    } else {
      StartSpare();
    }
  }
}

void PoolCore::ResetOne(DatabasePtr database) {
  bool wanted;
  {
    absl::MutexLock lock(&mutex_);
    wanted = static_cast<int>(ready_.size()) < options_.max_idle_servers ||
             waiting_ > 0;
  }
  const bool pristine = wanted && database->Reset().ok();
  {
    absl::MutexLock lock(&mutex_);
    --coming_;
    if (pristine) {
      ++stats_.reset;
      ready_.push_back(std::move(database));
    }
    changed_.SignalAll();
  }
  if (!pristine) Discard(std::move(database));
}

void PoolCore::StartSpare() {
  absl::StatusOr<DatabasePtr> database = Start();
  absl::MutexLock lock(&mutex_);
  --coming_;
  if (database.ok()) {
    ready_.push_back(*std::move(database));
  } else {
    // Whoever needs a server starts one, and gets the error.
    spare_failed_ = true;
  }
  changed_.SignalAll();
}

absl::Status PoolCore::Stop() {
  std::vector<DatabasePtr> databases;
  std::thread thread;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.SignalAll();
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
  {
    absl::MutexLock lock(&mutex_);
    databases = std::move(ready_);
    ready_.clear();
    for (DatabasePtr& database : released_) {
      databases.push_back(std::move(database));
    }
    released_.clear();
  }
  absl::Status status;
  for (DatabasePtr& database : databases) status.Update(database->Stop());
  status.Update(finish_());
  return status;
}

ServerPoolStats PoolCore::stats() const {
  absl::MutexLock lock(&mutex_);
  ServerPoolStats stats = stats_;
  stats.idle = static_cast<int>(ready_.size());
  return stats;
}

}  // namespace internal

namespace {

// Keeps `core` for ever: destroying it in a forked child would speak on the
// parent's connections.
void Abandon(std::shared_ptr<internal::PoolCore> core) {
  new std::shared_ptr<internal::PoolCore>(std::move(core));
}

}  // namespace

Lease::Lease(std::shared_ptr<internal::PoolCore> core,
             std::unique_ptr<PooledDatabase> database)
    : core_(std::move(core)), database_(std::move(database)) {}

absl::StatusOr<Lease> Lease::Of(std::unique_ptr<PooledDatabase> database) {
  // A pool that has stopped stops what it gets back.
  auto core =
      std::make_shared<internal::PoolCore>(ServerPoolOptions(), nullptr);
  DSQL_RETURN_IF_ERROR(core->Stop());
  DSQL_RETURN_IF_ERROR(database->Lend());
  return Lease(std::move(core), std::move(database));
}

Lease::Lease(Lease&&) noexcept = default;

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    Release();
    core_ = std::move(other.core_);
    database_ = std::move(other.database_);
  }
  return *this;
}

Lease::~Lease() { Release(); }

void Lease::Release() {
  if (database_ != nullptr) {
    if (core_->forked()) {
      Abandon(std::move(core_));
      static_cast<void>(database_.release());
      return;
    }
    core_->Release(std::move(database_));
  }
  core_.reset();
}

ServerPool::ServerPool(ServerPoolOptions options)
    : ServerPool(std::move(options), std::make_shared<Launcher>()) {}

ServerPool::ServerPool(ServerPoolOptions options,
                       std::shared_ptr<Launcher> launcher)
    : core_(std::make_shared<internal::PoolCore>(
          std::move(options),
          [launcher](const ServerPoolOptions& launched) {
            return (*launcher)(launched);
          },
          [launcher] { return launcher->Finish(); })) {}

ServerPool::ServerPool(ServerPoolOptions options, Launch launch)
    : core_(std::make_shared<internal::PoolCore>(std::move(options),
                                                 std::move(launch))) {}

ServerPool::~ServerPool() {
  Stop().IgnoreError();
  if (core_->forked()) Abandon(core_);
}

absl::StatusOr<Lease> ServerPool::Acquire() {
  DSQL_ASSIGN_OR_RETURN(std::unique_ptr<PooledDatabase> database,
                        core_->Acquire());
  return Lease(core_, std::move(database));
}

void ServerPool::Warm() {
  if (!core_->forked()) core_->Warm();
}

absl::Status ServerPool::Stop() {
  return core_->forked() ? absl::OkStatus() : core_->Stop();
}

ServerPoolStats ServerPool::stats() const { return core_->stats(); }

const ServerPoolOptions& ServerPool::options() const {
  return core_->options();
}

}  // namespace dsql::postgres
