// SPDX-License-Identifier: Apache-2.0

// When and why a session ends that is open.

#ifndef DSQL_GATEWAY_SESSION_SESSION_END_H_
#define DSQL_GATEWAY_SESSION_SESSION_END_H_

#include <atomic>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace dsql {

// SqlError()s of severity FATAL, as clients are told.

// 57P01, after GatewayOptions::session_life. AWS publishes no text.
absl::Status ConnectionIsTooOld();

// 57P01, as a server of PostgreSQL says that is shut down.
absl::Status AdministratorCommand();

// The times, by a clock, at which sessions end that were opened before.
//
// Thread-safe.
class SessionEnds {
 public:
  // From now on it is these; what was to come before is not, what has come is.
  void Set(absl::Time now, const std::vector<absl::Time>& times);

  // Whether one has come at `now` for who was connected at `opened`.
  bool HasCome(absl::Time opened, absl::Time now) const;

 private:
  // There are times: mostly there are none, which each statement asks.
  std::atomic<bool> set_{false};
  mutable absl::Mutex mutex_;
  // The last that has come, and those to come.
  std::vector<absl::Time> times_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_SESSION_END_H_
