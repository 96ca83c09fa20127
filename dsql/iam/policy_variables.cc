// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/policy_variables.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace dsql {
namespace {

bool IsEscape(absl::string_view name) {
  return name == "*" || name == "?" || name == "$";
}

// "'company-wide'" without its quotes.
absl::optional<std::string> DefaultOf(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.size() < 2 || !absl::ConsumePrefix(&text, "'") ||
      !absl::ConsumeSuffix(&text, "'")) {
    return absl::nullopt;
  }
  return std::string(text);
}

// What the variable between braces stands for.
absl::optional<std::string> ValueOf(absl::string_view variable,
                                    const RequestContext& context) {
  if (IsEscape(variable)) return std::string(variable);
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(variable, absl::MaxSplits(',', 1));
  const RequestContext::Values& values =
      context.Find(absl::StripAsciiWhitespace(parts.first));
  if (values.size() == 1) return values.front();
  return DefaultOf(parts.second);
}

}  // namespace

absl::optional<WildcardPattern> ExpandPolicyVariables(
    absl::string_view text, const RequestContext& context) {
  WildcardPattern expanded;
  while (!text.empty()) {
    const size_t begin = text.find("${");
    const size_t end =
        begin == text.npos ? text.npos : text.find('}', begin + 2);
    if (end == text.npos) break;
    expanded.AppendPattern(text.substr(0, begin));
    const auto value =
        ValueOf(text.substr(begin + 2, end - begin - 2), context);
    if (!value.has_value()) return absl::nullopt;
    expanded.AppendLiteral(*value);
    text.remove_prefix(end + 1);
  }
  expanded.AppendPattern(text);
  return expanded;
}

}  // namespace dsql
