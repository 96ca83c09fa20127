// SPDX-License-Identifier: Apache-2.0

// A test's hold on the transactions of a cluster: failures of COMMIT, code that
// runs before one, numbers of what happened.

#ifndef DSQL_OCC_TRANSACTION_CONTROLS_H_
#define DSQL_OCC_TRANSACTION_CONTROLS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/occ/transaction_stats.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

struct CommitFault {
  enum Kind { kDataConflict, kSchemaConflict };
  // OC000 or OC001.
  Kind kind = kDataConflict;
  // How many commits fail.
  int count = 1;
  // Only transactions that write this table; empty: all that write, or lock.
  std::string table;
  // Of each commit that matches; `seed` makes the choice the same each time.
  double probability = 1.0;
  uint32_t seed = 0;
};

// TransactionControls scripts what happens to the transactions of one cluster,
// and counts it. Thread-safe.
//
// Errors of all that scripts: FailedPrecondition where nothing would happen,
// because transactions are PostgreSQL's or there are no rows.
class TransactionControls {
 public:
  // `usable`: OK, or why nothing that is scripted here would happen.
  explicit TransactionControls(absl::Status usable = absl::OkStatus());

  absl::Status FailCommits(const CommitFault& fault);
  // Forgets all faults and hooks.
  void Clear();

  // Called between the last statement of a transaction block and its COMMIT.
  // Runs on a thread of its own, so it may use the database; other sessions go
  // on meanwhile.
  using Hook = std::function<void()>;
  absl::Status SetBeforeCommit(Hook hook);
  // Called once, for the next COMMIT.
  absl::Status RunBeforeNextCommit(Hook hook);

  TransactionStats stats() const;

  // For the gateway, as all below. Adds one to a number of stats().
  void Count(int64_t TransactionStats::*number);

  // The error that a commit of these tables is answered with;
  // uses up one of the fault's count.
  absl::optional<v1::SqlErrorDetail> TakeFault(
      const std::vector<std::string>& tables);
  Hook TakeHook();

 private:
  struct Entry {
    CommitFault fault;
    std::mt19937 random;
  };

  const absl::Status usable_;
  // There is a fault or a hook: mostly there is none, which each COMMIT asks.
  std::atomic<bool> armed_{false};
  mutable absl::Mutex mutex_;
  TransactionStats stats_ ABSL_GUARDED_BY(mutex_);
  std::list<Entry> faults_ ABSL_GUARDED_BY(mutex_);
  Hook every_ ABSL_GUARDED_BY(mutex_);
  std::list<Hook> once_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_CONTROLS_H_
