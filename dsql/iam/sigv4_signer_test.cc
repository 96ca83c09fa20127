// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_signer.h"

#include "absl/time/time.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_authorization.h"
#include "dsql/iam/sigv4_request.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

// That the signatures are right is tested by sigv4_golden_test.cc.

namespace dsql {
namespace {

using ::testing::StartsWith;

SigV4SigningContext Context() {
  return {"eu-west-1", "dsql", absl::FromUnixSeconds(1767225600)};
}

SigV4Request Request() {
  SigV4Request request;
  request.headers = {{"Host", "localhost:4566"}, {"User-Agent", "x"}};
  return request;
}

TEST(SigV4SignerTest, SignsInTheHeaders) {
  SigV4Request request = Request();
  SignRequest({"AKID", "secret", "token", ""}, Context(), &request);
  EXPECT_EQ(FindHeader(request, "X-Amz-Date"), "20260101T000000Z");
  EXPECT_EQ(FindHeader(request, "X-Amz-Security-Token"), "token");
  EXPECT_THAT(*FindHeader(request, "Authorization"),
              StartsWith("AWS4-HMAC-SHA256 "
                         "Credential=AKID/20260101/eu-west-1/dsql/aws4_request,"
                         " SignedHeaders=host;x-amz-date;x-amz-security-token,"
                         " Signature="));
}

TEST(SigV4SignerTest, SigningAgainReplaces) {
  SigV4Request request = Request();
  SignRequest({"AKID", "secret", "", ""}, Context(), &request);
  const auto headers = request.headers;
  SignRequest({"AKID", "secret", "", ""}, Context(), &request);
  EXPECT_EQ(request.headers, headers);
}

TEST(SigV4SignerTest, ALongTermKeyHasNoToken) {
  SigV4Request request = Request();
  SignRequest({"AKID", "secret", "", ""}, Context(), &request);
  EXPECT_EQ(FindHeader(request, "X-Amz-Security-Token"), absl::nullopt);
  SigV4Request presigned = Request();
  PresignRequest({"AKID", "secret", "", ""}, Context(), absl::Minutes(15),
                 &presigned);
  EXPECT_EQ(FindQueryParameter(presigned, "X-Amz-Security-Token"),
            absl::nullopt);
}

TEST(SigV4SignerTest, PresignsInTheQuery) {
  SigV4Request request = Request();
  SetTarget("/?Action=DbConnect", &request);
  const auto headers = request.headers;
  PresignRequest({"AKID", "secret", "to/ken", ""}, Context(), absl::Minutes(15),
                 &request);
  EXPECT_EQ(request.headers, headers);
  EXPECT_THAT(
      TargetOf(request),
      StartsWith("/?Action=DbConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256"
                 "&X-Amz-Credential=AKID%2F20260101%2Feu-west-1%2Fdsql%2F"
                 "aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900"
                 "&X-Amz-SignedHeaders=host&X-Amz-Security-Token=to%2Fken"
                 "&X-Amz-Signature="));
}

}  // namespace
}  // namespace dsql
