// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/shard_iterator.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace dsql::kinesis {
namespace {

// AWS's begin in the same way.
constexpr char kPrefix[] = "AAAAAAAAAAE";

}  // namespace

std::string ShardIterator::ToString() const {
  return absl::Base64Escape(absl::StrCat(kPrefix, " ", stream, " ", incarnation,
                                         " ", shard, " ", position, " ",
                                         absl::ToUnixMicros(made)));
}

absl::optional<ShardIterator> ShardIterator::Parse(absl::string_view text) {
  std::string plain;
  if (!absl::Base64Unescape(text, &plain)) return absl::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(plain, ' ');
  ShardIterator iterator;
  int64_t made = 0;
  if (parts.size() != 6 || parts[0] != kPrefix ||
      !absl::SimpleAtoi(parts[2], &iterator.incarnation) ||
      !absl::SimpleAtoi(parts[3], &iterator.shard) ||
      !absl::SimpleAtoi(parts[4], &iterator.position) ||
      !absl::SimpleAtoi(parts[5], &made))
    return absl::nullopt;
  iterator.stream = std::string(parts[1]);
  iterator.made = absl::FromUnixMicros(made);
  return iterator;
}

}  // namespace dsql::kinesis
