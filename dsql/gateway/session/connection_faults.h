// SPDX-License-Identifier: Apache-2.0

// What goes wrong with connections because a test wants it to.

#ifndef DSQL_GATEWAY_SESSION_CONNECTION_FAULTS_H_
#define DSQL_GATEWAY_SESSION_CONNECTION_FAULTS_H_

#include <atomic>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// ConnectionFaults scripts what goes wrong with the connections of one cluster.
// A dropped connection ends without a message, as by a broken network; what is
// said to happen "next" happens to whichever connection is the next.
//
// Errors of all that scripts: FailedPrecondition where nothing would happen,
// because there are no rows to connect to.
// Thread-safe.
class ConnectionFaults {
 public:
  // `usable`: OK, or why nothing that is scripted here would happen.
  explicit ConnectionFaults(absl::Status usable = absl::OkStatus());

  // Drops all connections that there are; see Gateway.
  absl::Status DropConnections() ABSL_LOCKS_EXCLUDED(mutex_);

  // The next `count` new connections are told `error` in the place of being let
  // in: by default WakingUpCluster().
  absl::Status RefuseConnections(
      int count, absl::optional<v1::SqlErrorDetail> error = absl::nullopt)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Once `statements` more have been executed, the connection of the last one
  // is dropped: its client gets no answer to it.
  absl::Status DropAfterStatements(int statements) ABSL_LOCKS_EXCLUDED(mutex_);

  // The next `times` commits fail to arrive: the connection is dropped and the
  // transaction is rolled back. A commit is a COMMIT, or, outside of a
  // transaction block, a Query that writes or the Sync after what writes.
  absl::Status DropBeforeCommit(int times = 1) ABSL_LOCKS_EXCLUDED(mutex_);

  // The next `times` commits are executed, but the connection is dropped before
  // the client is told.
  absl::Status DropAfterCommit(int times = 1) ABSL_LOCKS_EXCLUDED(mutex_);

  // Each of the next `count` statements waits for `delay` of real time before
  // it is executed.
  absl::Status DelayStatements(absl::Duration delay, int count)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Nothing goes wrong from now on.
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_);

  // For the gateway from here on.

  // False: OnStep() has nothing to say. Costs next to nothing.
  bool armed() const { return armed_.load(std::memory_order_relaxed); }

  // What happens to a step of a session.
  struct Verdict {
    absl::Duration delay;
    bool drop_before = false;
    bool drop_after = false;

    // There is something before the step.
    bool holds_up() const {
      return drop_before || delay > absl::ZeroDuration();
    }
  };
  Verdict OnStep(int statements, bool commits) ABSL_LOCKS_EXCLUDED(mutex_);
  // Why a new connection is refused.
  absl::Status OnConnect() ABSL_LOCKS_EXCLUDED(mutex_);
  // How DropConnections() does it.
  void SetDrop(std::function<void()> drop) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Arm() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::Status usable_;
  std::atomic<bool> armed_{false};
  mutable absl::Mutex mutex_;
  std::function<void()> drop_ ABSL_GUARDED_BY(mutex_);
  int refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  // 0: never.
  int drop_after_statements_ ABSL_GUARDED_BY(mutex_) = 0;
  int drops_before_commit_ ABSL_GUARDED_BY(mutex_) = 0;
  int drops_after_commit_ ABSL_GUARDED_BY(mutex_) = 0;
  int delays_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration delay_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_CONNECTION_FAULTS_H_
