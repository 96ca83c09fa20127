// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/redaction.h"

#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

TEST(RedactionTest, SecretsOfAPresignedTarget) {
  EXPECT_EQ(Redact("/cluster?a=b&X-Amz-Credential=AKID%2F2026&X-Amz-Date=1"
                   "&x-amz-security-token=tok%3Den&X%2DAmz-Signature=00ff&c"),
            "/cluster?a=b&X-Amz-Credential=REDACTED&X-Amz-Date=1"
            "&x-amz-security-token=REDACTED&X%2DAmz-Signature=REDACTED&c");
}

TEST(RedactionTest, SecretsOfACanonicalRequest) {
  EXPECT_EQ(Redact("GET\n/cluster\nX-Amz-Security-Token=token&b=c\n"
                   "host:a\nx-amz-security-token:token\n\nhost\n00"),
            "GET\n/cluster\nX-Amz-Security-Token=REDACTED&b=c\n"
            "host:a\nx-amz-security-token:REDACTED\n\nhost\n00");
}

TEST(RedactionTest, NothingElseChanges) {
  for (const char* text :
       {"", "/", "/tags/arn%3Aaws?tagKeys=a&tagKeys=b&", "?", "a\n\nb\n"}) {
    EXPECT_EQ(Redact(text), text);
  }
}

}  // namespace
}  // namespace http
}  // namespace dsql
