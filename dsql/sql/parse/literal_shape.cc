#include "dsql/sql/parse/literal_shape.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace dsql::sql {
namespace {

// No text has it: PostgreSQL's parser knows no such character.
constexpr char kMark = '\x01';
// Where any of these is, digits may be something else than a number.
constexpr char kAmbiguous[] = "'\"$\\\x01";

// What can be part of a name or of a number, the bytes of UTF-8 among it.
bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

bool IsNumber(absl::string_view word) {
  for (const char c : word) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return !word.empty();
}

absl::string_view WordAt(absl::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsWordCharacter(text[end])) ++end;
  return text.substr(at, end - at);
}

}  // namespace

absl::optional<std::string> LiteralShape(absl::string_view text) {
  if (text.find_first_of(kAmbiguous) != absl::string_view::npos ||
      absl::StrContains(text, "--") || absl::StrContains(text, "/*")) {
    return absl::nullopt;
  }
  std::string shape;
  shape.reserve(text.size());
  bool marked = false;
  for (size_t at = 0; at < text.size();) {
    const absl::string_view word = WordAt(text, at);
    if (word.empty()) {
      shape.push_back(text[at++]);
      continue;
    }
    if (IsNumber(word)) {
      shape.push_back(kMark);
      marked = true;
    } else {
      shape.append(word.data(), word.size());
    }
    at += word.size();
  }
  if (!marked) return absl::nullopt;
  return shape;
}

}  // namespace dsql::sql
