// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/literal_shape.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

namespace dsql::sql {
namespace {

// No statement has these outside of quotes: PostgreSQL's parser knows no such
// characters.
constexpr char kNumber = '\x01';
constexpr char kString = '\x02';

// Where a backslash is, the end of a string may not be where it seems to be.
// For the parser a text ends at a zero.
bool IsAmbiguousAnywhere(char c) { return c == '\\' || c == '\0'; }

// Outside of quotes. Dollars may begin a string or be part of a name.
bool IsAmbiguous(absl::string_view text, size_t at) {
  const char c = text[at];
  const char next = at + 1 < text.size() ? text[at + 1] : ' ';
  return c == '$' || c == kNumber || c == kString ||
         (c == '-' && next == '-') || (c == '/' && next == '*');
}

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

// Makes the shape, from left to right.
class Shaper {
 public:
  explicit Shaper(absl::string_view text) : text_(text) {
    shape_.reserve(text.size());
  }

  absl::optional<std::string> Shape() && {
    while (at_ < text_.size()) {
      if (!Go()) return absl::nullopt;
    }
    if (!marked_) return absl::nullopt;
    return std::move(shape_);
  }

 private:
  bool Go() {
    const char c = text_[at_];
    if (c == '\'' || c == '"') return GoOverQuoted(c);
    if (IsAmbiguous(text_, at_)) return false;
    const absl::string_view word = WordAt(text_, at_);
    if (word.empty()) {
      shape_.push_back(c);
      ++at_;
    } else if (IsNumber(word)) {
      Mark(kNumber, word.size());
    } else {
      shape_.append(word.data(), word.size());
      at_ += word.size();
    }
    return true;
  }

  // A string or a name; a quote within is doubled. What stands directly in
  // front of a quote may give it another meaning.
  bool GoOverQuoted(char quote) {
    const char before = at_ == 0 ? ' ' : text_[at_ - 1];
    if (IsWordCharacter(before) || before == '&') return false;
    size_t end = at_ + 1;
    for (;; ++end) {
      end = text_.find(quote, end);
      if (end == absl::string_view::npos) return false;
      if (end + 1 == text_.size() || text_[end + 1] != quote) break;
      ++end;
    }
    const size_t length = end + 1 - at_;
    if (quote == '\'') {
      Mark(kString, length);
    } else {
      shape_.append(text_.data() + at_, length);
      at_ += length;
    }
    return true;
  }

  void Mark(char mark, size_t length) {
    shape_.push_back(mark);
    at_ += length;
    marked_ = true;
  }

  const absl::string_view text_;
  size_t at_ = 0;
  std::string shape_;
  bool marked_ = false;
};

}  // namespace

absl::optional<std::string> LiteralShape(absl::string_view text) {
  if (std::any_of(text.begin(), text.end(), IsAmbiguousAnywhere)) {
    return absl::nullopt;
  }
  return Shaper(text).Shape();
}

}  // namespace dsql::sql
