// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/wildcard_pattern.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace dsql {
namespace {

// Colons of an ARN before its resource.
constexpr int kArnColons = 5;

int16_t ToToken(char byte) { return static_cast<unsigned char>(byte); }

// Greedy, with one point to come back to: the last star. Linear in memory.
template <typename Tokens, typename Same>
bool MatchTokens(const Tokens& pattern, int16_t any, absl::string_view text,
                 Same same) {
  size_t p = 0;
  size_t t = 0;
  size_t star = absl::string_view::npos;
  size_t after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == any) {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && same(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == any) ++p;
  return p == pattern.size();
}

}  // namespace

void WildcardPattern::AppendPattern(absl::string_view pattern) {
  for (const char c : pattern)
    tokens_.push_back(c == '*' ? kAny : c == '?' ? kOne : ToToken(c));
}

void WildcardPattern::AppendLiteral(absl::string_view text) {
  for (const char c : text) tokens_.push_back(ToToken(c));
}

bool WildcardPattern::Matches(absl::string_view text) const {
  return MatchTokens(tokens_, kAny, text, [](Token token, char c) {
    return token == kOne || token == ToToken(c);
  });
}

bool WildcardPattern::MatchesIgnoringCase(absl::string_view text) const {
  return MatchTokens(tokens_, kAny, text, [](Token token, char c) {
    return token == kOne ||
           (token >= 0 &&
            absl::ascii_tolower(static_cast<unsigned char>(token)) ==
                absl::ascii_tolower(static_cast<unsigned char>(c)));
  });
}

bool WildcardPattern::MatchesArn(absl::string_view arn) const {
  WildcardPattern part;
  auto begin = tokens_.begin();
  for (int i = 0; i < kArnColons; ++i) {
    const auto end = std::find(begin, tokens_.end(), ToToken(':'));
    const size_t colon = arn.find(':');
    if (end == tokens_.end() || colon == arn.npos) return false;
    part.tokens_.assign(begin, end);
    if (!part.Matches(arn.substr(0, colon))) return false;
    begin = end + 1;
    arn.remove_prefix(colon + 1);
  }
  part.tokens_.assign(begin, tokens_.end());
  return part.Matches(arn);
}

std::string WildcardPattern::ToString() const {
  std::string text;
  for (const Token token : tokens_)
    text += token == kAny   ? '*'
            : token == kOne ? '?'
                            : static_cast<char>(token);
  return text;
}

}  // namespace dsql
