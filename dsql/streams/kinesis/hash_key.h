// SPDX-License-Identifier: Apache-2.0

// The numbers by which records are spread over shards.

#ifndef DSQL_STREAMS_KINESIS_HASH_KEY_H_
#define DSQL_STREAMS_KINESIS_HASH_KEY_H_

#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::kinesis {

// The MD5 of a partition key.
absl::uint128 HashOf(absl::string_view partition_key);

// A decimal number.
//
// Errors of ParseHashKey(): InvalidArgumentException for what is none, or more
//   than 128 bits.
absl::StatusOr<absl::uint128> ParseHashKey(absl::string_view text);
std::string FormatHashKey(absl::uint128 hash);

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_HASH_KEY_H_
