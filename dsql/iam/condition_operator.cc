#include "dsql/iam/condition_operator.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace dsql {
namespace {

bool StringEquals(const std::string& policy, const std::string& request) {
  return policy == request;
}

bool StringEqualsIgnoreCase(const std::string& policy,
                            const std::string& request) {
  return absl::EqualsIgnoreCase(policy, request);
}

bool StringLike(const std::string& policy, const std::string& request) {
  return MatchesWildcard(policy, request);
}

// Wildcards in an ARN do not reach over its first five colons.
bool ArnLike(const std::string& policy, const std::string& request) {
  const std::vector<std::string> patterns =
      absl::StrSplit(policy, absl::MaxSplits(':', 5));
  const std::vector<std::string> parts =
      absl::StrSplit(request, absl::MaxSplits(':', 5));
  return absl::c_equal(patterns, parts,
                       [](const std::string& pattern, const std::string& part) {
                         return MatchesWildcard(pattern, part);
                       });
}

template <typename Compare>
bool CompareNumbers(const std::string& policy, const std::string& request,
                    Compare compare) {
  double left;
  double right;
  return absl::SimpleAtod(request, &left) && absl::SimpleAtod(policy, &right) &&
         compare(left, right);
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
bool CompareDates(const std::string& policy, const std::string& request,
                  Compare compare) {
  const absl::optional<absl::Time> left = ToTime(request);
  const absl::optional<absl::Time> right = ToTime(policy);
  return left.has_value() && right.has_value() && compare(*left, *right);
}

template <typename T>
bool Equal(T a, T b) {
  return a == b;
}
template <typename T>
bool Less(T a, T b) {
  return a < b;
}
template <typename T>
bool LessOrEqual(T a, T b) {
  return a <= b;
}

bool NumericEquals(const std::string& policy, const std::string& request) {
  return CompareNumbers(policy, request, Equal<double>);
}
bool NumericLess(const std::string& policy, const std::string& request) {
  return CompareNumbers(policy, request, Less<double>);
}
bool NumericLessOrEqual(const std::string& policy, const std::string& request) {
  return CompareNumbers(policy, request, LessOrEqual<double>);
}
bool NumericGreater(const std::string& policy, const std::string& request) {
  return CompareNumbers(request, policy, Less<double>);
}
bool NumericGreaterOrEqual(const std::string& policy,
                           const std::string& request) {
  return CompareNumbers(request, policy, LessOrEqual<double>);
}
bool DateEquals(const std::string& policy, const std::string& request) {
  return CompareDates(policy, request, Equal<absl::Time>);
}
bool DateLess(const std::string& policy, const std::string& request) {
  return CompareDates(policy, request, Less<absl::Time>);
}
bool DateLessOrEqual(const std::string& policy, const std::string& request) {
  return CompareDates(policy, request, LessOrEqual<absl::Time>);
}
bool DateGreater(const std::string& policy, const std::string& request) {
  return CompareDates(request, policy, Less<absl::Time>);
}
bool DateGreaterOrEqual(const std::string& policy, const std::string& request) {
  return CompareDates(request, policy, LessOrEqual<absl::Time>);
}

constexpr int kAddressBits = 128;

// An address or, with a mask, a range of addresses.
struct Network {
  // IPv4 is mapped into IPv6.
  std::array<uint8_t, kAddressBits / 8> bytes = {};
  int bits = kAddressBits;
};

absl::optional<Network> ParseAddress(const std::string& text) {
  // inet_pton() would not see what follows a NUL.
  if (absl::StrContains(text, '\0')) return absl::nullopt;
  Network network;
  if (inet_pton(AF_INET6, text.c_str(), network.bytes.data()) == 1) {
    return network;
  }
  network.bytes = {};
  network.bytes[10] = network.bytes[11] = 0xff;
  if (inet_pton(AF_INET, text.c_str(), &network.bytes[12]) == 1) return network;
  return absl::nullopt;
}

absl::optional<Network> ParseNetwork(const std::string& text) {
  const size_t slash = text.find('/');
  absl::optional<Network> network = ParseAddress(text.substr(0, slash));
  if (!network.has_value() || slash == std::string::npos) return network;
  const int max_bits = absl::StrContains(text, ':') ? kAddressBits : 32;
  int bits;
  if (!absl::SimpleAtoi(text.substr(slash + 1), &bits) || bits < 0 ||
      bits > max_bits) {
    return absl::nullopt;
  }
  network->bits = kAddressBits - max_bits + bits;
  return network;
}

bool IpInRange(const std::string& policy, const std::string& request) {
  const absl::optional<Network> network = ParseNetwork(policy);
  const absl::optional<Network> address = ParseAddress(request);
  if (!network.has_value() || !address.has_value()) return false;
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
  bool (*compare)(const std::string&, const std::string&);
  bool negated;
};

constexpr OperatorRule kOperators[] = {
    {"StringEquals", StringEquals, false},
    {"StringNotEquals", StringEquals, true},
    {"StringEqualsIgnoreCase", StringEqualsIgnoreCase, false},
    {"StringNotEqualsIgnoreCase", StringEqualsIgnoreCase, true},
    {"StringLike", StringLike, false},
    {"StringNotLike", StringLike, true},
    {"NumericEquals", NumericEquals, false},
    {"NumericNotEquals", NumericEquals, true},
    {"NumericLessThan", NumericLess, false},
    {"NumericLessThanEquals", NumericLessOrEqual, false},
    {"NumericGreaterThan", NumericGreater, false},
    {"NumericGreaterThanEquals", NumericGreaterOrEqual, false},
    {"DateEquals", DateEquals, false},
    {"DateNotEquals", DateEquals, true},
    {"DateLessThan", DateLess, false},
    {"DateLessThanEquals", DateLessOrEqual, false},
    {"DateGreaterThan", DateGreater, false},
    {"DateGreaterThanEquals", DateGreaterOrEqual, false},
    {"Bool", StringEqualsIgnoreCase, false},
    {"BinaryEquals", StringEquals, false},
    {"IpAddress", IpInRange, false},
    {"NotIpAddress", IpInRange, true},
    {"ArnEquals", ArnLike, false},
    {"ArnNotEquals", ArnLike, true},
    {"ArnLike", ArnLike, false},
    {"ArnNotLike", ArnLike, true},
};

}  // namespace

bool MatchesWildcard(absl::string_view pattern, absl::string_view text) {
  // Greedy, with one point to come back to: the last star. Linear in memory,
  // and bounded by pattern times text.
  size_t p = 0;
  size_t t = 0;
  size_t star = absl::string_view::npos;
  size_t after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() &&
               (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

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
      return result;
    }
  }
  return absl::nullopt;
}

bool ConditionOperator::HoldsFor(const std::vector<std::string>& policy_values,
                                 const std::string& request_value) const {
  const bool matches =
      absl::c_any_of(policy_values, [&](const std::string& policy_value) {
        return compare_(policy_value, request_value);
      });
  return matches != negated_;
}

bool ConditionOperator::Holds(
    const std::vector<std::string>& policy_values,
    const std::vector<std::string>& request_values) const {
  const bool missing = request_values.empty();
  if (is_null_test_) {
    return absl::c_any_of(policy_values, [&](const std::string& value) {
      return absl::EqualsIgnoreCase(value, missing ? "true" : "false");
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
