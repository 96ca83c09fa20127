// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/hash_key.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "openssl/evp.h"

namespace dsql::kinesis {

absl::uint128 HashOf(absl::string_view partition_key) {
  unsigned char digest[EVP_MAX_MD_SIZE] = {};
  EVP_Digest(partition_key.data(), partition_key.size(), digest, nullptr,
             EVP_md5(), nullptr);
  absl::uint128 hash = 0;
  for (int i = 0; i < 16; ++i) hash = (hash << 8) | digest[i];
  return hash;
}

absl::StatusOr<absl::uint128> ParseHashKey(absl::string_view text) {
  absl::uint128 hash = 0;
  bool valid = !text.empty();
  for (const char c : text) {
    const bool digit = absl::ascii_isdigit(static_cast<unsigned char>(c));
    const absl::uint128 value = digit ? c - '0' : 0;
    valid = valid && digit && hash <= (absl::Uint128Max() - value) / 10;
    if (!valid) break;
    hash = hash * 10 + value;
  }
  if (!valid) {
    return KinesisException(
        kInvalidArgument,
        absl::StrCat("Invalid ExplicitHashKey. ExplicitHashKey must be in the "
                     "range: [0, 2^128-1]. Specified value was ",
                     text));
  }
  return hash;
}

std::string FormatHashKey(absl::uint128 hash) {
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(hash % 10)));
    hash /= 10;
  } while (hash != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace dsql::kinesis
