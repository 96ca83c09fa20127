// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/stable_identifier.h"

#include <cstdint>

#include "absl/numeric/int128.h"
#include "dsql/aws/identifier.h"

namespace dsql::streams {
namespace {

// FNV-1a, with what MurmurHash3 does at its end: names that differ in their
// last character differ in every bit.
uint64_t Hash(absl::string_view text, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325 ^ seed;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccd;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

}  // namespace

std::string StableIdentifier(absl::string_view name) {
  return Base32Identifier(
      absl::MakeUint128(Hash(name, 0), Hash(name, 0x9e3779b97f4a7c15)));
}

}  // namespace dsql::streams
