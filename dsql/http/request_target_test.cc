// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/request_target.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(RequestTargetTest, ThePathStaysEncoded) {
  const auto target = RequestTarget::Parse("/tags/arn%3Aaws");
  EXPECT_EQ(target.path, "/tags/arn%3Aaws");
  EXPECT_THAT(target.query, IsEmpty());
}

TEST(RequestTargetTest, TheQueryIsDecodedAndKeepsRepeatedNames) {
  EXPECT_THAT(
      RequestTarget::Parse("/a?tagKeys=x%26y&tagKeys=z&max%2Dresults=5").query,
      ElementsAre(Pair("tagKeys", "x&y"), Pair("tagKeys", "z"),
                  Pair("max-results", "5")));
}

TEST(RequestTargetTest, APlusSignStandsForItself) {
  EXPECT_THAT(RequestTarget::Parse("/a?b=c+d%2B%20e").query,
              ElementsAre(Pair("b", "c+d+ e")));
}

TEST(RequestTargetTest, AnyTextHasAMeaning) {
  EXPECT_THAT(RequestTarget::Parse("?").query, IsEmpty());
  EXPECT_THAT(RequestTarget::Parse("/a?&&b&=c&d=e=f?g&%").query,
              ElementsAre(Pair("b", ""), Pair("", "c"), Pair("d", "e=f?g"),
                          Pair("%", "")));
}

}  // namespace
}  // namespace http
}  // namespace dsql
