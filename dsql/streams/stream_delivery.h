// SPDX-License-Identifier: Apache-2.0

// The deliveries of one change stream.

#ifndef DSQL_STREAMS_STREAM_DELIVERY_H_
#define DSQL_STREAMS_STREAM_DELIVERY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/streams/change_record_sink.h"
#include "dsql/streams/delivery_options.h"
#include "dsql/streams/disorder.h"
#include "dsql/streams/record/transaction_assembler.h"

namespace dsql::streams {

// StreamDelivery makes records of transactions and delivers them, keeps those
// that could not be delivered, and remembers those that were.
//
// Thread-safe. `deliver` and `may_deliver` are called under its lock.
class StreamDelivery {
 public:
  enum class Permission { kDeliver, kKeep, kDrop };

  struct Options {
    // The cluster's identifier, for the records.
    std::string cluster;
    std::string database = "postgres";
    DeliveryOptions delivery;
    // What delays follow. Not owned.
    Clock* clock = nullptr;
    // Whether the stream's status lets records through.
    std::function<Permission()> may_deliver;
    // An error means that it is tried again.
    std::function<absl::Status(const ChangeRecord& record)> deliver;
    // After each attempt that failed, and the first that succeeded after one.
    std::function<void(const absl::Status& status)> outcome;
  };

  explicit StreamDelivery(Options options);

  // Takes the changes of a transaction, and delivers what it can.
  void Add(const CommittedTransaction& transaction);

  // Delivers what is due. With `drain`, also what waits for others to go first
  // and what failed a moment ago.
  void Pump(bool drain);

  // Delivers as Pump(true) until nothing waits.
  //
  // Errors: FailedPrecondition where something does that no time will deliver:
  //   it is held, or the stream's status keeps it; DeadlineExceeded, with the
  //   last error.
  absl::Status Flush(absl::Time deadline);

  std::vector<ChangeRecord> Records() const;
  // Waits until there are `count`, which it returns with all others.
  //
  // Errors: DeadlineExceeded, with how many there are.
  absl::StatusOr<std::vector<ChangeRecord>> WaitForRecords(size_t count,
                                                           absl::Time deadline);

  // What goes wrong, scripted by a test.
  void Hold();
  void Release();
  // The next deliveries do not happen, and nobody is told.
  void DropNext(int count);
  // The next attempts fail.
  void FailNext(int count, absl::Status error);
  // Records are delivered when they are as old, by the clock.
  void SetDelay(absl::Duration delay);

  // How many records wait, and how old the oldest is; zero where none does.
  size_t pending() const;
  absl::Duration Lag() const;

 private:
  struct Pending {
    ChangeRecord record;
    absl::Time added;
    absl::Time try_after;
    int failures = 0;
  };

  // False where nothing may be delivered.
  bool PumpLocked(bool drain) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool PumpLocked(bool drain, Permission permission)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Attempt(const ChangeRecord& record)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Delivers one that is due, or has it wait for another attempt.
  void Deliver(Pending pending) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t PendingLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const Options options_;
  RandomIdGenerator keys_;
  mutable absl::Mutex mutex_;
  Disorder<Pending> queue_ ABSL_GUARDED_BY(mutex_);
  // Those that failed.
  std::vector<Pending> retries_ ABSL_GUARDED_BY(mutex_);
  std::vector<ChangeRecord> delivered_ ABSL_GUARDED_BY(mutex_);
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  int drops_ ABSL_GUARDED_BY(mutex_) = 0;
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  absl::Duration delay_ ABSL_GUARDED_BY(mutex_);
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_STREAM_DELIVERY_H_
