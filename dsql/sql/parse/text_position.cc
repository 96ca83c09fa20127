// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/text_position.h"

#include <algorithm>

namespace dsql::sql {
namespace {

bool BeginsCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

}  // namespace

int CharactersIn(absl::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), BeginsCharacter));
}

int PositionOf(absl::string_view text, size_t byte) {
  return 1 + CharactersIn(text.substr(0, byte));
}

size_t ByteOf(absl::string_view text, int position) {
  int character = 0;
  for (size_t byte = 0; byte < text.size(); ++byte) {
    if (BeginsCharacter(text[byte]) && ++character == position) return byte;
  }
  return position < 1 ? 0 : text.size();
}

}  // namespace dsql::sql
