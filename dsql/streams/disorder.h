// SPDX-License-Identifier: Apache-2.0

// The order in which records are delivered.

#ifndef DSQL_STREAMS_DISORDER_H_
#define DSQL_STREAMS_DISORDER_H_

#include <cstdint>
#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "dsql/streams/delivery_options.h"

namespace dsql::streams {

// Disorder hands out what it is given, in an order and with repetitions that
// follow from the options' seed.
//
// Thread-safety: one thread at a time.
template <typename T>
class Disorder {
 public:
  explicit Disorder(const DeliveryOptions& options)
      : options_(options), random_(options.seed) {}

  void Add(T value) { waiting_.push_back(std::move(value)); }

  // The next one; nullopt where there is none, or where others may still go
  // first and it is not to `drain`.
  absl::optional<T> Take(bool drain) {
    const size_t window = static_cast<size_t>(
        options_.shuffle_window > 0 ? options_.shuffle_window : 0);
    if (waiting_.empty() || (!drain && waiting_.size() <= window))
      return absl::nullopt;
    const size_t choices =
        waiting_.size() < window + 1 ? waiting_.size() : window + 1;
    const auto chosen =
        waiting_.begin() + static_cast<std::ptrdiff_t>(Random(choices));
    T value = *chosen;
    waiting_.erase(chosen);
    if (options_.repeat_probability > 0 &&
        static_cast<double>(Random(1 << 20)) <
            options_.repeat_probability * (1 << 20))
      waiting_.push_back(value);
    return value;
  }

  bool empty() const { return waiting_.empty(); }
  size_t size() const { return waiting_.size(); }
  const std::deque<T>& waiting() const { return waiting_; }
  void Clear() { waiting_.clear(); }

 private:
  // The same on every machine, as distributions of the library are not.
  size_t Random(size_t choices) {
    return choices <= 1 ? 0 : static_cast<size_t>(random_() % choices);
  }

  const DeliveryOptions options_;
  std::mt19937_64 random_;
  std::deque<T> waiting_;
};

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_DISORDER_H_
