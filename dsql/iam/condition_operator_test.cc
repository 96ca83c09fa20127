// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/condition_operator.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using Values = std::vector<std::string>;

bool Holds(const std::string& op, const Values& policy, const Values& request) {
  const auto parsed = ConditionOperator::Parse(op);
  EXPECT_TRUE(parsed.has_value()) << op;
  std::vector<WildcardPattern> patterns;
  for (const std::string& value : policy) patterns.emplace_back(value);
  return parsed.has_value() && parsed->Holds(patterns, request);
}

TEST(ConditionOperatorTest, AllOperatorsOfIamAreKnown) {
  for (const std::string& name : Values{"StringEquals",
                                        "StringNotEquals",
                                        "StringEqualsIgnoreCase",
                                        "StringNotEqualsIgnoreCase",
                                        "StringLike",
                                        "StringNotLike",
                                        "NumericEquals",
                                        "NumericNotEquals",
                                        "NumericLessThan",
                                        "NumericLessThanEquals",
                                        "NumericGreaterThan",
                                        "NumericGreaterThanEquals",
                                        "DateEquals",
                                        "DateNotEquals",
                                        "DateLessThan",
                                        "DateLessThanEquals",
                                        "DateGreaterThan",
                                        "DateGreaterThanEquals",
                                        "Bool",
                                        "BinaryEquals",
                                        "IpAddress",
                                        "NotIpAddress",
                                        "ArnEquals",
                                        "ArnNotEquals",
                                        "ArnLike",
                                        "ArnNotLike"}) {
    for (const char* prefix : {"", "ForAnyValue:", "ForAllValues:"}) {
      for (const char* suffix : {"", "IfExists"}) {
        EXPECT_TRUE(
            ConditionOperator::Parse(absl::StrCat(prefix, name, suffix)))
            << prefix << name << suffix;
      }
    }
  }
  EXPECT_TRUE(ConditionOperator::Parse("Null"));
}

TEST(ConditionOperatorTest, OthersAreNot) {
  for (const char* name :
       {"", "Stringequals", "stringequals", "StringEqualsIfExistsIfExists",
        "IfExists", "ForAnyValue:", "ForSomeValues:StringEquals",
        "ForAllValues:ForAnyValue:StringEquals", "NullIfExists", "Equals",
        "StringEquals "}) {
    EXPECT_FALSE(ConditionOperator::Parse(name)) << name;
  }
}

struct Case {
  std::string op;
  Values policy;
  Values request;
  bool holds;
};

TEST(ConditionOperatorTest, Comparisons) {
  const Case cases[] = {
      {"StringEquals", {"a", "b"}, {"b"}, true},
      {"StringEquals", {"a", "b"}, {"c"}, false},
      {"StringEquals", {"a"}, {"A"}, false},
      {"StringEquals", {"a*"}, {"ab"}, false},
      {"StringNotEquals", {"a", "b"}, {"c"}, true},
      {"StringNotEquals", {"a", "b"}, {"b"}, false},
      {"StringEqualsIgnoreCase", {"Ab"}, {"aB"}, true},
      {"StringNotEqualsIgnoreCase", {"Ab"}, {"aB"}, false},
      {"StringLike", {"vpc-*"}, {"vpc-1"}, true},
      {"StringLike", {"vpc-?"}, {"vpc-12"}, false},
      {"StringNotLike", {"vpc-*"}, {"vpc-1"}, false},
      {"NumericEquals", {"10"}, {"10.0"}, true},
      {"NumericEquals", {"10"}, {"ten"}, false},
      {"NumericNotEquals", {"10"}, {"11"}, true},
      {"NumericLessThan", {"10"}, {"9"}, true},
      {"NumericLessThan", {"10"}, {"10"}, false},
      {"NumericLessThanEquals", {"10"}, {"10"}, true},
      {"NumericGreaterThan", {"10"}, {"10"}, false},
      {"NumericGreaterThan", {"10"}, {"11"}, true},
      {"NumericGreaterThanEquals", {"10"}, {"10"}, true},
      {"NumericGreaterThanEquals", {"10"}, {"9"}, false},
      {"DateEquals",
       {"2026-01-01T00:00:00Z"},
       {"2026-01-01T01:00:00+01:00"},
       true},
      {"DateEquals", {"2026-01-01"}, {"2026-01-01T00:00:00Z"}, true},
      {"DateEquals", {"0"}, {"1970-01-01T00:00:00Z"}, true},
      {"DateNotEquals", {"2026-01-01T00:00:00Z"}, {"2026-01-02"}, true},
      {"DateLessThan", {"2026-01-02"}, {"2026-01-01"}, true},
      {"DateLessThanEquals", {"2026-01-02"}, {"2026-01-02"}, true},
      {"DateGreaterThan", {"2026-01-01"}, {"2026-01-02"}, true},
      {"DateGreaterThan", {"2026-01-01"}, {"not a date"}, false},
      {"DateGreaterThanEquals", {"2026-01-01"}, {"2025-12-31"}, false},
      {"Bool", {"true"}, {"TRUE"}, true},
      {"Bool", {"true"}, {"false"}, false},
      {"BinaryEquals", {"QmluYXJ5"}, {"QmluYXJ5"}, true},
      {"ArnLike",
       {"arn:aws:iam::*:role/a*"},
       {"arn:aws:iam::1:role/abc"},
       true},
      {"ArnEquals", {"arn:aws:iam::1:role/*"}, {"arn:aws:iam::1:role/x"}, true},
      // A wildcard does not reach over a colon of the first five.
      {"ArnLike", {"arn:*:role/a"}, {"arn:aws:iam::1:role/a"}, false},
      {"ArnNotLike", {"arn:aws:iam::2:*"}, {"arn:aws:iam::1:role/a"}, true},
      {"ArnNotEquals",
       {"arn:aws:iam::1:role/a"},
       {"arn:aws:iam::1:role/a"},
       false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Holds(c.op, c.policy, c.request), c.holds)
        << c.op << " " << absl::StrJoin(c.policy, ",") << " "
        << absl::StrJoin(c.request, ",");
  }
}

TEST(ConditionOperatorTest, Addresses) {
  const Case cases[] = {
      {"IpAddress", {"192.0.2.0/24"}, {"192.0.2.200"}, true},
      {"IpAddress", {"192.0.2.0/24"}, {"192.0.3.1"}, false},
      {"IpAddress", {"10.0.0.0/9"}, {"10.127.255.255"}, true},
      {"IpAddress", {"10.0.0.0/9"}, {"10.128.0.0"}, false},
      {"IpAddress", {"10.0.0.1"}, {"10.0.0.1"}, true},
      {"IpAddress", {"10.0.0.1"}, {"10.0.0.2"}, false},
      {"IpAddress", {"0.0.0.0/0"}, {"203.0.113.9"}, true},
      {"IpAddress", {"2001:db8::/33"}, {"2001:db8:7fff::1"}, true},
      {"IpAddress", {"2001:db8::/33"}, {"2001:db8:8000::1"}, false},
      {"IpAddress", {"10.0.0.0/8", "192.0.2.1/32"}, {"192.0.2.1"}, true},
      {"NotIpAddress", {"10.0.0.0/8"}, {"11.0.0.1"}, true},
      {"NotIpAddress", {"10.0.0.0/8"}, {"10.0.0.1"}, false},
      // Neither family is part of the other.
      {"IpAddress", {"::/0"}, {"127.0.0.1"}, false},
      {"IpAddress", {"0.0.0.0/0"}, {"::1"}, false},
      {"NotIpAddress", {"::/0"}, {"127.0.0.1"}, true},
      // What is no range matches nothing.
      {"IpAddress", {"10.0.0.0/-5"}, {"10.0.0.1"}, false},
      {"IpAddress", {"10.0.0.0/33"}, {"10.0.0.0"}, false},
      {"IpAddress", {"10.0.0.0/"}, {"10.0.0.0"}, false},
      {"IpAddress", {"10.0.0/8"}, {"10.0.0.1"}, false},
      {"IpAddress", {"::/129"}, {"::"}, false},
      {"IpAddress", {""}, {""}, false},
      {"IpAddress", {"10.0.0.1"}, {std::string("10.0.0.1\0x", 10)}, false},
      {"IpAddress", {"10.0.0.0/8"}, {"10.0.0.0/8"}, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Holds(c.op, c.policy, c.request), c.holds)
        << c.op << " " << c.policy[0] << " " << c.request[0];
  }
}

TEST(ConditionOperatorTest, AMissingKey) {
  const Case cases[] = {
      {"StringEquals", {"a"}, {}, false},
      {"StringNotEquals", {"a"}, {}, true},
      {"NotIpAddress", {"10.0.0.0/8"}, {}, true},
      {"StringEqualsIfExists", {"a"}, {}, true},
      {"StringEqualsIfExists", {"a"}, {"b"}, false},
      {"ForAnyValue:StringEquals", {"a"}, {}, false},
      {"ForAnyValue:StringNotEquals", {"a"}, {}, false},
      {"ForAllValues:StringEquals", {"a"}, {}, true},
      {"Null", {"true"}, {}, true},
      {"Null", {"false"}, {}, false},
      {"Null", {"true"}, {"a"}, false},
      {"Null", {"false"}, {"a"}, true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Holds(c.op, c.policy, c.request), c.holds)
        << c.op << " " << absl::StrJoin(c.request, ",");
  }
}

TEST(ConditionOperatorTest, SeveralValuesInTheRequest) {
  const Case cases[] = {
      {"ForAnyValue:StringEquals", {"a", "b"}, {"x", "b"}, true},
      {"ForAnyValue:StringEquals", {"a", "b"}, {"x", "y"}, false},
      {"ForAllValues:StringEquals", {"a", "b"}, {"b", "a"}, true},
      {"ForAllValues:StringEquals", {"a", "b"}, {"a", "x"}, false},
      {"ForAllValues:StringNotEquals", {"a", "b"}, {"x", "y"}, true},
      {"ForAllValues:StringNotEquals", {"a", "b"}, {"x", "a"}, false},
      {"ForAnyValue:StringNotEquals", {"a"}, {"a", "x"}, true},
      {"ForAnyValue:StringLike", {"o-1/*"}, {"o-2/a", "o-1/b"}, true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Holds(c.op, c.policy, c.request), c.holds)
        << c.op << " " << absl::StrJoin(c.request, ",");
  }
}

}  // namespace
}  // namespace dsql
