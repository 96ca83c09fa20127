// SPDX-License-Identifier: Apache-2.0

#include "dsql/base/clock.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace dsql {

absl::Time SystemClock::Now() { return absl::Now(); }

void SystemClock::SleepFor(absl::Duration duration) {
  absl::SleepFor(duration);
}

SimulatedClock::SimulatedClock()
    : SimulatedClock(absl::FromUnixSeconds(1767225600)) {}

SimulatedClock::SimulatedClock(absl::Time start) : now_(start) {}

absl::Time SimulatedClock::Now() {
  absl::MutexLock lock(&mutex_);
  return now_;
}

void SimulatedClock::SleepFor(absl::Duration duration) { Advance(duration); }

void SimulatedClock::Advance(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  now_ += std::max(duration, absl::ZeroDuration());
}

}  // namespace dsql
