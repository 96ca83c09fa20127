// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/identifier.h"

#include "absl/strings/str_cat.h"
#include "boost/uuid/name_generator.hpp"
#include "boost/uuid/uuid_io.hpp"

namespace dsql {
namespace {

constexpr char kBase32Alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
constexpr int kBase32Length = 26;  // 128 bits, 5 a character

}  // namespace

std::string Base32Identifier(absl::uint128 id) {
  std::string text(kBase32Length, '\0');
  text.back() = kBase32Alphabet[absl::Uint128Low64(id << 2) & 31];
  id >>= 3;
  for (int i = kBase32Length - 2; i >= 0; --i) {
    text[i] = kBase32Alphabet[absl::Uint128Low64(id) & 31];
    id >>= 5;
  }
  return text;
}

std::string UuidIdentifier(absl::uint128 id) {
  const uint64_t high = (absl::Uint128High64(id) & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low =
      (absl::Uint128Low64(id) & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63);
  return absl::StrCat(absl::Hex(high >> 32, absl::kZeroPad8), "-",
                      absl::Hex((high >> 16) & 0xffff, absl::kZeroPad4), "-",
                      absl::Hex(high & 0xffff, absl::kZeroPad4), "-",
                      absl::Hex(low >> 48, absl::kZeroPad4), "-",
                      absl::Hex(low & 0xffffffffffff, absl::kZeroPad12));
}

std::string UuidOfName(absl::string_view name) {
  const boost::uuids::name_generator_sha1 generator(boost::uuids::ns::oid());
  return boost::uuids::to_string(generator(name.data(), name.size()));
}

}  // namespace dsql
