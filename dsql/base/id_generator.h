// SPDX-License-Identifier: Apache-2.0

// Randomness, injected: identifiers of clusters and streams, policy versions
// and request ids are made from what an IdGenerator returns.

#ifndef DSQL_BASE_ID_GENERATOR_H_
#define DSQL_BASE_ID_GENERATOR_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/numeric/int128.h"
#include "absl/random/random.h"
#include "absl/synchronization/mutex.h"

namespace dsql {

// Implementations must be thread-safe and must not return a value twice.
class IdGenerator {
 public:
  virtual ~IdGenerator() = default;

  virtual absl::uint128 NextId() = 0;
};

// Different in every process and run.
class RandomIdGenerator final : public IdGenerator {
 public:
  absl::uint128 NextId() override;

 private:
  absl::Mutex mutex_;
  absl::BitGen bits_ ABSL_GUARDED_BY(mutex_);
};

// The same sequence for the same seed, in every run and on every machine. Its
// values look random, so that nothing relies on their order.
class SeededIdGenerator final : public IdGenerator {
 public:
  explicit SeededIdGenerator(uint64_t seed) : next_(seed) {}

  absl::uint128 NextId() override;

 private:
  absl::Mutex mutex_;
  uint64_t next_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_BASE_ID_GENERATOR_H_
