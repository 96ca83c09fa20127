// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(SigV4RequestTest, ATargetIsPathAndQuery) {
  SigV4Request request;
  SetTarget("/tags/arn%3Aaws?tagKeys=a%20b&tagKeys=c==&flag&&=x", &request);
  EXPECT_EQ(request.path, "/tags/arn%3Aaws");
  EXPECT_THAT(request.query,
              ElementsAre(Pair("tagKeys", "a%20b"), Pair("tagKeys", "c=="),
                          Pair("flag", ""), Pair("", "x")));
  EXPECT_EQ(TargetOf(request),
            "/tags/arn%3Aaws?tagKeys=a%20b&tagKeys=c==&flag=&=x");
  SetTarget("/a?", &request);
  EXPECT_THAT(request.query, IsEmpty());
  EXPECT_EQ(TargetOf(request), "/a");
}

TEST(SigV4RequestTest, HeadersHaveNoCase) {
  SigV4Request request;
  request.headers = {{"Host", "a"}, {"X-Tag", "1"}, {"x-tag", "2"}};
  EXPECT_EQ(FindHeader(request, "HOST"), "a");
  EXPECT_EQ(FindHeader(request, "x-tag"), "1");
  EXPECT_EQ(FindHeader(request, "other"), absl::nullopt);
  EXPECT_EQ(FindHeader(request.headers, "HOST"), "a");
  RemoveHeader("X-TAG", &request);
  EXPECT_THAT(request.headers, ElementsAre(Pair("Host", "a")));
}

TEST(SigV4RequestTest, QueryParametersAreDecoded) {
  SigV4Request request;
  SetTarget("/?X%2DAmz=a%2Fb&X-Amz=second", &request);
  EXPECT_EQ(FindQueryParameter(request, "X-Amz"), "a/b");
  EXPECT_EQ(FindQueryParameter(request, "x-amz"), absl::nullopt);
}

}  // namespace
}  // namespace dsql
