// SPDX-License-Identifier: Apache-2.0

// Patterns of IAM policies: * stands for any characters, ? for one.

#ifndef DSQL_IAM_WILDCARD_PATTERN_H_
#define DSQL_IAM_WILDCARD_PATTERN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace dsql {

// WildcardPattern is text of a policy in which * and ? are wildcards, but not
// where a policy variable has put them. A value type.
class WildcardPattern {
 public:
  WildcardPattern() = default;
  // Of which every * and ? is a wildcard.
  explicit WildcardPattern(absl::string_view pattern) {
    AppendPattern(pattern);
  }

  void AppendPattern(absl::string_view pattern);
  void AppendLiteral(absl::string_view text);

  // All of `text` must match. Bounded by the product of both lengths.
  bool Matches(absl::string_view text) const;
  // Letters of ASCII are compared without case.
  bool MatchesIgnoringCase(absl::string_view text) const;

  // As an ARN: wildcards in one of its first five parts, up to the colon, stay
  // there.
  bool MatchesArn(absl::string_view arn) const;

  // The text, in which wildcards are only characters.
  std::string ToString() const;

 private:
  // A byte, or a wildcard below zero.
  using Token = int16_t;
  static constexpr Token kAny = -1;
  static constexpr Token kOne = -2;

  std::vector<Token> tokens_;
};

}  // namespace dsql

#endif  // DSQL_IAM_WILDCARD_PATTERN_H_
