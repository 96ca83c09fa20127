// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/encoding.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace dsql::sql {
namespace {

uint8_t ByteAt(absl::string_view text, size_t at) {
  return static_cast<uint8_t>(text[at]);
}

// By the first byte alone.
size_t LengthOf(uint8_t first) {
  if ((first & 0xE0) == 0xC0) return 2;
  if ((first & 0xF0) == 0xE0) return 3;
  if ((first & 0xF8) == 0xF0) return 4;
  return 1;
}

// Which second bytes may follow, so that nothing is longer than need be, no
// surrogate and nothing above U+10FFFF.
bool MayFollow(uint8_t first, uint8_t second) {
  switch (first) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

// The length of the character at the beginning of `text`; 0: there is none.
size_t CharacterLength(absl::string_view text) {
  const uint8_t first = ByteAt(text, 0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  const size_t length = LengthOf(first);
  if (first < 0xC2 || first > 0xF4 || length > text.size()) return 0;
  if (!MayFollow(first, ByteAt(text, 1))) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((ByteAt(text, i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

Refusal Invalid(absl::string_view rest) {
  Refusal refusal;
  refusal.error.set_severity("ERROR");
  refusal.error.set_sqlstate("22021");
  std::string message = "invalid byte sequence for encoding \"UTF8\":";
  const size_t length = std::min(LengthOf(ByteAt(rest, 0)), rest.size());
  for (size_t i = 0; i < length; ++i) {
    absl::StrAppend(&message, " 0x",
                    absl::Hex(ByteAt(rest, i), absl::kZeroPad2));
  }
  refusal.error.set_message(message);
  return refusal;
}

// Eight bytes of ASCII, none of them 0.
bool AreAscii(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  constexpr uint64_t kHigh = 0x8080808080808080;
  constexpr uint64_t kOnes = 0x0101010101010101;
  return ((word | (word - kOnes)) & kHigh) == 0;
}

}  // namespace

absl::optional<Refusal> CheckEncoding(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (text.size() - at >= 8 && AreAscii(text.data() + at)) {
      at += 8;
      continue;
    }
    const size_t length = CharacterLength(text.substr(at));
    if (length == 0) return Invalid(text.substr(at));
    at += length;
  }
  return absl::nullopt;
}

}  // namespace dsql::sql
