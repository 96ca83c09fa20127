// SPDX-License-Identifier: Apache-2.0

#include "dsql/base/id_generator.h"

#include <random>

namespace dsql {

absl::uint128 RandomIdGenerator::NextId() {
  absl::MutexLock lock(&mutex_);
  const uint64_t high = bits_();
  return absl::MakeUint128(high, bits_());
}

absl::uint128 SeededIdGenerator::NextId() {
  absl::MutexLock lock(&mutex_);
  // mt19937_64 is specified bit by bit; absl's generators are not.
  std::mt19937_64 bits(next_++);
  const uint64_t high = bits();
  return absl::MakeUint128(high, bits());
}

}  // namespace dsql
