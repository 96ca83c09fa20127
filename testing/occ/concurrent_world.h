// SPDX-License-Identifier: Apache-2.0

// Sessions that run one history after the other.

#ifndef TESTING_OCC_CONCURRENT_WORLD_H_
#define TESTING_OCC_CONCURRENT_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "testing/occ/concurrent_checker.h"
#include "testing/occ/concurrent_log.h"
#include "testing/occ/concurrent_options.h"
#include "testing/occ/concurrent_session.h"

namespace dsql_testing {

// A history that is over.
struct ConcurrentResult {
  ConcurrentVerdict verdict;
  int transactions = 0;
  int statements = 0;
  int commits = 0;
  int drops = 0;
  // Seed, habits, and what was sent and told.
  std::string trace;
};

// Sessions stay from history to history, and so do the statements that they
// have prepared; after a history that is wrong they are new. Thread-compatible.
class ConcurrentWorld {
 public:
  // `options` must outlive it.
  explicit ConcurrentWorld(const ConcurrentOptions& options)
      : options_(options) {}

  // Begins history `number`, with rows that no other one has.
  absl::Status Begin(int number);
  // Lets sessions go on. Returns the result once the history is over.
  absl::optional<ConcurrentResult> Step(Moment now);

  const std::vector<std::unique_ptr<ConcurrentSession>>& sessions() const {
    return sessions_;
  }

 private:
  enum Phase { kFirstWrites, kRandom, kLastReads };

  absl::Status Connect(uint32_t seed);
  bool AllFinished() const;
  void EnterNextPhase();
  ConcurrentResult Finish();

  const ConcurrentOptions& options_;
  std::vector<std::unique_ptr<ConcurrentSession>> sessions_;
  ConcurrentLog log_;
  Phase phase_ = kFirstWrites;
  std::string title_;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_WORLD_H_
