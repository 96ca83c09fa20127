// SPDX-License-Identifier: Apache-2.0

// Where a consumer is in a shard, as it is handed to the consumer.

#ifndef DSQL_STREAMS_KINESIS_SHARD_ITERATOR_H_
#define DSQL_STREAMS_KINESIS_SHARD_ITERATOR_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace dsql::kinesis {

// A value. An iterator of a stream is none of another one that got its name
// later.
struct ShardIterator {
  // How long one is good. Source: AWS's API reference of GetShardIterator.
  static constexpr absl::Duration kLife = absl::Minutes(5);

  // Returns nullopt for what ToString() does not make.
  static absl::optional<ShardIterator> Parse(absl::string_view text);

  // Opaque to consumers.
  std::string ToString() const;

  std::string stream;
  uint64_t incarnation = 0;
  uint64_t shard = 0;
  // The number of the next record in its shard, from 0.
  uint64_t position = 0;
  absl::Time made;
};

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_SHARD_ITERATOR_H_
