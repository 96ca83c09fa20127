// SPDX-License-Identifier: Apache-2.0

// Time, injected: statuses, signatures and waits follow a Clock, never the
// machine's time directly.

#ifndef DSQL_BASE_CLOCK_H_
#define DSQL_BASE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace dsql {

// Implementations must be thread-safe, and Now() must not go backwards.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() = 0;

  // Returns once `duration` has passed on this clock.
  virtual void SleepFor(absl::Duration duration) = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() override;
  void SleepFor(absl::Duration duration) override;
};

// A clock that stands still until a test moves it. SleepFor() moves it too and
// returns at once, so that nothing ever waits.
class SimulatedClock final : public Clock {
 public:
  // Starts at 2026-01-01T00:00:00Z, the same in every run.
  SimulatedClock();
  explicit SimulatedClock(absl::Time start);

  absl::Time Now() override;
  void SleepFor(absl::Duration duration) override;

  // Requires: `duration` is not negative.
  void Advance(absl::Duration duration);

 private:
  absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_BASE_CLOCK_H_
