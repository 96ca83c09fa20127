// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_signature.h"

#include "absl/time/time.h"
#include "dsql/iam/sigv4_authorization.h"
#include "dsql/iam/sigv4_request.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kEmptyHash[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(SigV4SignatureTest, Sha256Hex) {
  EXPECT_EQ(Sha256Hex(""), kEmptyHash);
  EXPECT_EQ(Sha256Hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(SigV4SignatureTest, Timestamp) {
  EXPECT_EQ(SigV4Timestamp(absl::UnixEpoch() + absl::Milliseconds(1999)),
            "19700101T000001Z");
}

TEST(SigV4SignatureTest, PayloadIsTheHeaderOrTheHash) {
  SigV4Request request;
  EXPECT_EQ(PayloadHash(request), kEmptyHash);
  request.headers = {{"x-amz-content-SHA256", "UNSIGNED-PAYLOAD"}};
  EXPECT_EQ(PayloadHash(request), kUnsignedPayload);
}

// Examples of the IAM User Guide, "Create a signed AWS API request".
TEST(SigV4SignatureTest, EachStepOfTheUserGuide) {
  SigV4Request request;
  SetTarget("/?Action=ListUsers&Version=2010-05-08", &request);
  request.headers = {
      {"X-Amz-Date", "20150830T123600Z"},
      {"Host", "iam.amazonaws.com"},
      {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"User-Agent", "not signed"}};
  const std::string canonical =
      CanonicalRequest(request, {"content-type", "host", "x-amz-date"});
  EXPECT_EQ(canonical,
            "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
            "content-type:application/x-www-form-urlencoded; charset=utf-8\n"
            "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
            "content-type;host;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const auto credential =
      SigV4Credential::Parse("AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request");
  const std::string to_sign =
      StringToSign("20150830T123600Z", *credential, canonical);
  EXPECT_EQ(to_sign,
            "AWS4-HMAC-SHA256\n20150830T123600Z\n"
            "20150830/us-east-1/iam/aws4_request\n"
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
  EXPECT_EQ(SigV4Signature("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                           *credential, to_sign),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

struct PathCase {
  const char* path;
  const char* canonical;
};

TEST(SigV4SignatureTest, PathsAreNormalisedAndEncodedOnceMore) {
  const PathCase cases[] = {
      {"", "/"},
      {"/", "/"},
      {"//", "/"},
      {"/a/./b/../c", "/a/c"},
      {"/../..", "/"},
      {"/a/..", "/"},
      {"/a//b/", "/a/b/"},
      {"/tags/arn:aws:dsql", "/tags/arn%3Aaws%3Adsql"},
      {"/tags/arn%3Aaws%3Adsql%2Fx", "/tags/arn%253Aaws%253Adsql%252Fx"},
      {"/a b", "/a%20b"},
      {"/-_.~", "/-_.~"},
  };
  for (const PathCase& c : cases) {
    SigV4Request request;
    request.path = c.path;
    const std::string canonical = CanonicalRequest(request, {});
    EXPECT_EQ(canonical.substr(0, canonical.find('\n', 4)),
              std::string("GET\n") + c.canonical);
  }
}

TEST(SigV4SignatureTest, QueriesAreSortedAfterEncoding) {
  SigV4Request request;
  SetTarget("/?b=2&a=%7e&a=%2B&B=1&a-b=&a%2Fb&a=+", &request);
  const std::string canonical = CanonicalRequest(request, {});
  const size_t start = std::string("GET\n/\n").size();
  EXPECT_EQ(canonical.substr(start, canonical.find('\n', start) - start),
            "B=1&a=%2B&a=%2B&a=~&a%2Fb=&a-b=&b=2");
}

TEST(SigV4SignatureTest, HeadersThatAreNotThereCountAsEmpty) {
  SigV4Request request;
  request.headers = {{"X-A", " 1 \t 2 "}, {"x-a", "3"}};
  EXPECT_EQ(CanonicalRequest(request, {"x-a", "x-b"}),
            std::string("GET\n/\n\nx-a:1 2,3\nx-b:\n\nx-a;x-b\n") + kEmptyHash);
}

}  // namespace
}  // namespace dsql
