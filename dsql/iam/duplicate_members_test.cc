// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/duplicate_members.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kDepth = 16;

TEST(DuplicateMembersTest, NoneInAProperDocument) {
  EXPECT_THAT(
      DuplicateMembers(R"({"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]})", kDepth),
      IsEmpty());
  EXPECT_THAT(DuplicateMembers("[]", kDepth), IsEmpty());
  EXPECT_THAT(DuplicateMembers("\"text\"", kDepth), IsEmpty());
}

TEST(DuplicateMembersTest, NamesThePlace) {
  EXPECT_THAT(DuplicateMembers(R"({"a":1,"a":2})", kDepth), ElementsAre("a"));
  EXPECT_THAT(DuplicateMembers(
                  R"({"S":["x",{"E":1},{"E":1,"C":{"k":[1],"k":[[]]},"E":2}]})",
                  kDepth),
              ElementsAre("S[2].C.k", "S[2].E"));
}

TEST(DuplicateMembersTest, NamesDifferByCaseAndAreComparedUnescaped) {
  EXPECT_THAT(DuplicateMembers(R"({"a":1,"A":2})", kDepth), IsEmpty());
  EXPECT_THAT(DuplicateMembers(R"({"a":1,"\u0061":2})", kDepth),
              ElementsAre("a"));
}

TEST(DuplicateMembersTest, LongNames) {
  const std::string name(10000, 'x');
  EXPECT_THAT(DuplicateMembers(
                  absl::StrCat("{\"", name, "\":1,\"", name, "\":2}"), kDepth),
              ElementsAre(name));
}

TEST(DuplicateMembersTest, MalformedTextIsReadUpToItsFault) {
  EXPECT_THAT(DuplicateMembers(R"({"a":1,"a":2,)", kDepth), ElementsAre("a"));
  EXPECT_THAT(DuplicateMembers("", kDepth), IsEmpty());
  EXPECT_THAT(DuplicateMembers("}", kDepth), IsEmpty());
  EXPECT_THAT(DuplicateMembers(std::string(100000, '['), kDepth), IsEmpty());
}

}  // namespace
}  // namespace dsql
