// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/condition_operator.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <functional>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace dsql {
namespace {

bool StringEquals(const WildcardPattern& policy, const std::string& request) {
  return policy.ToString() == request;
}

bool StringEqualsIgnoreCase(const WildcardPattern& policy,
                            const std::string& request) {
  return absl::EqualsIgnoreCase(policy.ToString(), request);
}

bool StringLike(const WildcardPattern& policy, const std::string& request) {
  return policy.Matches(request);
}

bool ArnLike(const WildcardPattern& policy, const std::string& request) {
  return policy.MatchesArn(request);
}

template <typename Compare>
bool CompareNumbers(const WildcardPattern& policy, const std::string& request) {
  double left;
  double right;
  return absl::SimpleAtod(request, &left) &&
         absl::SimpleAtod(policy.ToString(), &right) && Compare()(left, right);
}

absl::optional<absl::Time> ToTime(const std::string& text) {
  absl::Time time;
  double seconds;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) ||
      absl::ParseTime("%Y-%m-%d", text, &time, nullptr)) {
    return time;
  }
  if (absl::SimpleAtod(text, &seconds)) {
    return absl::UnixEpoch() + absl::Seconds(seconds);
  }
  return absl::nullopt;
}

template <typename Compare>
bool CompareDates(const WildcardPattern& policy, const std::string& request) {
  const absl::optional<absl::Time> left = ToTime(request);
  const absl::optional<absl::Time> right = ToTime(policy.ToString());
  return left.has_value() && right.has_value() && Compare()(*left, *right);
}

// An address or, with a mask, a range of addresses.
struct Network {
  int family;
  // An IPv4 address is the first four.
  std::array<uint8_t, 16> bytes;
  int bits;
};

absl::optional<Network> ParseAddress(const std::string& text) {
  // inet_pton() would not see what follows a NUL.
  if (absl::StrContains(text, '\0')) return absl::nullopt;
  for (Network network : {Network{AF_INET, {}, 32}, {AF_INET6, {}, 128}}) {
    if (inet_pton(network.family, text.c_str(), network.bytes.data()) == 1) {
      return network;
    }
  }
  return absl::nullopt;
}

absl::optional<Network> ParseNetwork(const std::string& text) {
  const size_t slash = text.find('/');
  absl::optional<Network> network = ParseAddress(text.substr(0, slash));
  if (!network.has_value() || slash == std::string::npos) return network;
  int bits;
  if (!absl::SimpleAtoi(text.substr(slash + 1), &bits) || bits < 0 ||
      bits > network->bits) {
    return absl::nullopt;
  }
  network->bits = bits;
  return network;
}

bool IpInRange(const WildcardPattern& policy, const std::string& request) {
  const absl::optional<Network> network = ParseNetwork(policy.ToString());
  const absl::optional<Network> address = ParseAddress(request);
  if (!network.has_value() || !address.has_value() ||
      network->family != address->family) {
    return false;
  }
  const int whole = network->bits / 8;
  if (std::memcmp(network->bytes.data(), address->bytes.data(), whole) != 0) {
    return false;
  }
  const int rest = network->bits % 8;
  if (rest == 0) return true;
  return (network->bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

struct OperatorRule {
  absl::string_view name;
  bool (*compare)(const WildcardPattern&, const std::string&);
  bool negated;
  bool takes_variables;
};

constexpr OperatorRule kOperators[] = {
    {"StringEquals", StringEquals, false, true},
    {"StringNotEquals", StringEquals, true, true},
    {"StringEqualsIgnoreCase", StringEqualsIgnoreCase, false, true},
    {"StringNotEqualsIgnoreCase", StringEqualsIgnoreCase, true, true},
    {"StringLike", StringLike, false, true},
    {"StringNotLike", StringLike, true, true},
    {"NumericEquals", CompareNumbers<std::equal_to<>>, false, false},
    {"NumericNotEquals", CompareNumbers<std::equal_to<>>, true, false},
    {"NumericLessThan", CompareNumbers<std::less<>>, false, false},
    {"NumericLessThanEquals", CompareNumbers<std::less_equal<>>, false, false},
    {"NumericGreaterThan", CompareNumbers<std::greater<>>, false, false},
    {"NumericGreaterThanEquals", CompareNumbers<std::greater_equal<>>, false,
     false},
    {"DateEquals", CompareDates<std::equal_to<>>, false, false},
    {"DateNotEquals", CompareDates<std::equal_to<>>, true, false},
    {"DateLessThan", CompareDates<std::less<>>, false, false},
    {"DateLessThanEquals", CompareDates<std::less_equal<>>, false, false},
    {"DateGreaterThan", CompareDates<std::greater<>>, false, false},
    {"DateGreaterThanEquals", CompareDates<std::greater_equal<>>, false, false},
    {"Bool", StringEqualsIgnoreCase, false, false},
    {"BinaryEquals", StringEquals, false, false},
    {"IpAddress", IpInRange, false, false},
    {"NotIpAddress", IpInRange, true, false},
    {"ArnEquals", ArnLike, false, true},
    {"ArnNotEquals", ArnLike, true, true},
    {"ArnLike", ArnLike, false, true},
    {"ArnNotLike", ArnLike, true, true},
};

}  // namespace

absl::optional<ConditionOperator> ConditionOperator::Parse(
    absl::string_view text) {
  ConditionOperator result;
  if (absl::ConsumePrefix(&text, "ForAnyValue:")) {
    result.set_ = Set::kAnyValue;
  } else if (absl::ConsumePrefix(&text, "ForAllValues:")) {
    result.set_ = Set::kAllValues;
  }
  if (text == "Null") {
    result.is_null_test_ = true;
    return result;
  }
  result.if_exists_ = absl::ConsumeSuffix(&text, "IfExists");
  for (const OperatorRule& rule : kOperators) {
    if (rule.name == text) {
      result.compare_ = rule.compare;
      result.negated_ = rule.negated;
      result.takes_variables_ = rule.takes_variables;
      return result;
    }
  }
  return absl::nullopt;
}

bool ConditionOperator::HoldsFor(
    const std::vector<WildcardPattern>& policy_values,
    const std::string& request_value) const {
  const bool matches =
      absl::c_any_of(policy_values, [&](const WildcardPattern& policy_value) {
        return compare_(policy_value, request_value);
      });
  return matches != negated_;
}

bool ConditionOperator::Holds(
    const std::vector<WildcardPattern>& policy_values,
    const std::vector<std::string>& request_values) const {
  const bool missing = request_values.empty();
  if (is_null_test_) {
    return absl::c_any_of(policy_values, [&](const WildcardPattern& value) {
      return absl::EqualsIgnoreCase(value.ToString(),
                                    missing ? "true" : "false");
    });
  }
  if (missing) {
    // A key that is not there: nothing equals it, everything differs from it.
    return if_exists_ || set_ == Set::kAllValues ||
           (negated_ && set_ == Set::kSingle);
  }
  const auto holds = [&](const std::string& value) {
    return HoldsFor(policy_values, value);
  };
  return set_ == Set::kAllValues ? absl::c_all_of(request_values, holds)
                                 : absl::c_any_of(request_values, holds);
}

}  // namespace dsql
