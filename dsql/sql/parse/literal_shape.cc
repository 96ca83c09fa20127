// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/literal_shape.h"

#include <array>
#include <cstddef>
#include <utility>

namespace dsql::sql {
namespace {

// No statement has these outside of quotes: PostgreSQL's parser knows no such
// characters.
constexpr char kNumber = '\x01';
constexpr char kString = '\x02';

// Where a backslash is, the end of a string may not be where it seems to be.
// For the parser a text ends at a zero.
bool IsAmbiguousAnywhere(absl::string_view text) {
  return text.find('\\') != absl::string_view::npos ||
         text.find('\0') != absl::string_view::npos;
}

// What a character may be part of.
enum class Part : unsigned char {
  kOther,
  kDigit,
  // A name or a number, as digits are; the bytes of UTF-8 among it.
  kWord,
  kQuoted,
  // Comments, strings in dollars, what stands for literals.
  kAmbiguous,
};

constexpr Part PartOf(unsigned char c) {
  if (c >= '0' && c <= '9') return Part::kDigit;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
      c == '.' || c >= 0x80)
    return Part::kWord;
  if (c == '\'' || c == '"') return Part::kQuoted;
  if (c == '$' || c == '-' || c == '/' || c == kNumber || c == kString)
    return Part::kAmbiguous;
  return Part::kOther;
}

constexpr std::array<Part, 256> AllParts() {
  std::array<Part, 256> parts{};
  for (size_t c = 0; c < parts.size(); ++c)
    parts[c] = PartOf(static_cast<unsigned char>(c));
  return parts;
}

// Each statement of each client that writes its values into the text is looked
// at, character by character.
constexpr std::array<Part, 256> kParts = AllParts();

// Makes the shape, from left to right.
class Shaper {
 public:
  explicit Shaper(absl::string_view text) : text_(text) {}

  absl::optional<std::string> Shape() && {
    while (at_ < text_.size()) {
      if (!Go()) return absl::nullopt;
    }
    if (shape_.empty()) return absl::nullopt;
    Copy();
    return std::move(shape_);
  }

 private:
  Part PartAt(size_t at) const {
    return at < text_.size() ? kParts[static_cast<unsigned char>(text_[at])]
                             : Part::kOther;
  }
  bool IsWordAt(size_t at) const {
    const Part part = PartAt(at);
    return part == Part::kDigit || part == Part::kWord;
  }

  bool Go() {
    switch (PartAt(at_)) {
      case Part::kQuoted:
        return GoOverQuoted(text_[at_]);
      case Part::kAmbiguous:
        if (IsAmbiguous()) return false;
        break;
      case Part::kDigit:
      case Part::kWord:
        GoOverWord();
        return true;
      case Part::kOther:
        break;
    }
    ++at_;
    return true;
  }

  // Outside of quotes. Dollars may begin a string or be part of a name.
  bool IsAmbiguous() const {
    const char c = text_[at_];
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
    return (c != '-' && c != '/') || (c == '-' && next == '-') ||
           (c == '/' && next == '*');
  }

  void GoOverWord() {
    size_t end = at_;
    while (PartAt(end) == Part::kDigit) ++end;
    if (PartAt(end) != Part::kWord) return Mark(kNumber, end - at_);
    while (IsWordAt(end)) ++end;
    at_ = end;
  }

  // A string or a name; a quote within is doubled. What stands directly in
  // front of a quote may give it another meaning.
  bool GoOverQuoted(char quote) {
    if (at_ > 0 && (IsWordAt(at_ - 1) || text_[at_ - 1] == '&')) return false;
    size_t end = at_ + 1;
    while (true) {
      end = text_.find(quote, end);
      if (end == absl::string_view::npos) return false;
      if (end + 1 == text_.size() || text_[end + 1] != quote) break;
      end += 2;
    }
    const size_t length = end + 1 - at_;
    if (quote == '\'') {
      Mark(kString, length);
    } else {
      at_ += length;
    }
    return true;
  }

  // What was gone over since the last mark is part of the shape.
  void Copy() { shape_.append(text_.data() + copied_, at_ - copied_); }

  void Mark(char mark, size_t length) {
    if (shape_.empty()) shape_.reserve(text_.size());
    Copy();
    shape_.push_back(mark);
    at_ += length;
    copied_ = at_;
  }

  const absl::string_view text_;
  size_t at_ = 0;
  // So much of the text is in the shape.
  size_t copied_ = 0;
  // Empty until there is a mark.
  std::string shape_;
};

}  // namespace

absl::optional<std::string> LiteralShape(absl::string_view text) {
  if (IsAmbiguousAnywhere(text)) return absl::nullopt;
  return Shaper(text).Shape();
}

}  // namespace dsql::sql
