// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/backoff.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace dsql {

Backoff::Backoff(const BackoffOptions& options)
    : options_(options),
      deadline_(absl::Now() + options.max_time),
      longest_pause_(options.first_pause) {}

bool Backoff::Wait() {
  const absl::optional<absl::Duration> pause = NextPause(absl::Now());
  if (!pause.has_value()) return false;
  if (*pause > absl::ZeroDuration()) absl::SleepFor(*pause);
  return true;
}

absl::optional<absl::Duration> Backoff::NextPause(absl::Time now) {
  if (attempts_ >= options_.max_attempts) return absl::nullopt;
  absl::Duration pause;
  if (attempts_ >= options_.attempts_at_once) {
    pause = longest_pause_ * absl::Uniform(random_, 0.0, 1.0);
    longest_pause_ = std::min(2 * longest_pause_, options_.max_pause);
  }
  if (now + pause > deadline_) return absl::nullopt;
  ++attempts_;
  return pause;
}

}  // namespace dsql
