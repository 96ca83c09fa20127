// SPDX-License-Identifier: Apache-2.0

// How long who lost a race waits until the next attempt, and when to give up.

#ifndef DSQL_STORAGE_BACKOFF_H_
#define DSQL_STORAGE_BACKOFF_H_

#include "absl/random/random.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace dsql {

struct BackoffOptions {
  // At least 1.
  int max_attempts = 1000;
  // Of the machine's time, from the first attempt to the beginning of the last.
  absl::Duration max_time = absl::Seconds(10);
  // The first attempts follow each other at once: who was faster is through.
  int attempts_at_once = 3;
  // The longest pause after those. It doubles with each further attempt up to
  // `max_pause`; a pause is random, from nothing to that, so that those who
  // collided do not collide again.
  absl::Duration first_pause = absl::Microseconds(200);
  absl::Duration max_pause = absl::Milliseconds(50);
};

// The attempts of one operation.
//
//   Backoff backoff;
//   while (true) {
//     ...try, return if done...
//     if (!backoff.Wait()) return GaveUp(backoff.attempts());
//   }
//
// Thread-safety: one thread at a time.
class Backoff {
 public:
  // Counts the first attempt.
  explicit Backoff(const BackoffOptions& options = {});

  // Waits for the next attempt; false where there shall be none.
  bool Wait();

  // The pause before the next attempt, which begins after it; nullopt where
  // there shall be none. `now` is the machine's time.
  absl::optional<absl::Duration> NextPause(absl::Time now);

  // Those that have begun.
  int attempts() const { return attempts_; }

 private:
  const BackoffOptions options_;
  const absl::Time deadline_;
  int attempts_ = 1;
  absl::Duration longest_pause_;
  absl::BitGen random_;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_BACKOFF_H_
