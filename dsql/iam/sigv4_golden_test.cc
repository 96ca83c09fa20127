// SPDX-License-Identifier: Apache-2.0

// Signatures that others made: AWS's published test suite, and botocore
// (testdata/botocore_signatures.json: its signers, its DSQL client and its DSQL
// authentication tokens).

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/variant.h"
#include "boost/json.hpp"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_authorization.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signature.h"
#include "dsql/iam/sigv4_signer.h"
#include "dsql/iam/sigv4_verifier.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

// AWS's test suite, "aws-sig-v4-test-suite".
struct SuiteCase {
  const char* name;
  const char* method;
  const char* target;
  std::vector<std::pair<std::string, std::string>> headers;
  const char* body;
  const char* signature;
};

const SuiteCase kSuite[] = {
    {"get-vanilla",
     "GET",
     "/",
     {},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"post-vanilla",
     "POST",
     "/",
     {},
     "",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"get-vanilla-query-order-key-case",
     "GET",
     "/?Param2=value2&Param1=value1",
     {},
     "",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-empty-query-key",
     "GET",
     "/?Param1=value1",
     {},
     "",
     "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {"get-utf8",
     "GET",
     "/\xe1\x88\xb4",
     {},
     "",
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-unreserved",
     "GET",
     "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {},
     "",
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-slash",
     "GET",
     "//",
     {},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash-dot-slash",
     "GET",
     "/./",
     {},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash-pointless-dot",
     "GET",
     "/./example",
     {},
     "",
     "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
    {"get-slashes",
     "GET",
     "//example//",
     {},
     "",
     "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    {"get-relative-relative",
     "GET",
     "/example1/example2/../..",
     {},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-space",
     "GET",
     "/example space/",
     {},
     "",
     "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    {"get-header-key-duplicate",
     "GET",
     "/",
     {{"My-Header1", "value2"},
      {"My-Header1", "value2"},
      {"My-Header1", "value1"}},
     "",
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-trim",
     "GET",
     "/",
     {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
     "",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-header-key-sort",
     "POST",
     "/",
     {{"My-Header1", "value1"}},
     "",
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    {"post-x-www-form-urlencoded",
     "POST",
     "/",
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     "Param1=value1",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
};

TEST(SigV4GoldenTest, TestSuiteOfAws) {
  Credentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  SigV4SigningContext context;
  context.region = "us-east-1";
  context.service = "service";
  context.now = absl::FromUnixSeconds(1440938160);  // 20150830T123600Z
  for (const SuiteCase& c : kSuite) {
    SigV4Request request;
    request.method = c.method;
    SetTarget(c.target, &request);
    request.headers = c.headers;
    request.headers.emplace_back("Host", "example.amazonaws.com");
    request.body = c.body;
    SignRequest(credentials, context, &request);
    EXPECT_EQ(ParseSigV4Authorization(request)->signature, c.signature)
        << c.name;
  }
}

// The example of the IAM User Guide, "Create a signed AWS API request".
TEST(SigV4GoldenTest, ExampleOfTheUserGuide) {
  Credentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  SigV4Request request;
  SetTarget("/?Action=ListUsers&Version=2010-05-08", &request);
  request.headers = {
      {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"Host", "iam.amazonaws.com"}};
  SignRequest(credentials,
              {"us-east-1", "iam", absl::FromUnixSeconds(1440938160)},
              &request);
  EXPECT_EQ(FindHeader(request, "Authorization"),
            "AWS4-HMAC-SHA256 "
            "Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature="
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

struct GoldenRequest {
  std::string name;
  bool presigned;
  std::string region;
  std::string service;
  std::string session_token;
  std::string body;
  SigV4Request request;
};

std::string Text(const boost::json::value& value) {
  return std::string(value.as_string().data(), value.as_string().size());
}

class BotocoreTest : public ::testing::Test {
 protected:
  BotocoreTest() {
    std::ifstream file("dsql/iam/testdata/botocore_signatures.json");
    std::stringstream text;
    text << file.rdbuf();
    const boost::json::value document = boost::json::parse(text.str());
    credentials_.access_key_id = Text(document.at("access_key_id"));
    credentials_.secret_access_key = Text(document.at("secret_access_key"));
    credentials_.principal_arn = "arn:aws:iam::000000000000:user/test";
    std::string error;
    EXPECT_TRUE(absl::ParseTime("%E4Y%m%dT%H%M%SZ",
                                Text(document.at("timestamp")), &now_, &error))
        << error;
    for (const boost::json::value& value : document.at("requests").as_array()) {
      requests_.push_back(Read(value));
    }
    for (GoldenRequest& golden : requests_) golden.request.body = golden.body;
  }

  static GoldenRequest Read(const boost::json::value& value) {
    GoldenRequest golden;
    golden.name = Text(value.at("name"));
    golden.presigned = Text(value.at("form")) == "query";
    golden.region = Text(value.at("region"));
    golden.service = Text(value.at("service"));
    golden.session_token = Text(value.at("session_token"));
    golden.body = Text(value.at("body"));
    golden.request.method = Text(value.at("method"));
    SetTarget(Text(value.at("target")), &golden.request);
    for (const boost::json::value& header : value.at("headers").as_array()) {
      golden.request.headers.emplace_back(Text(header.at(0)),
                                          Text(header.at(1)));
    }
    return golden;
  }

  // The text of the failure; "" where the signature is good.
  std::string Verify(const GoldenRequest& golden) {
    Credentials credentials = credentials_;
    credentials.session_token = golden.session_token;
    CredentialStore store;
    store.Put(credentials);
    const auto result = VerifySigV4(golden.request, store, now_,
                                    {golden.service, golden.region});
    if (const auto* failure = absl::get_if<SigV4Failure>(&result)) {
      return absl::StrCat(failure->message, "\n", failure->diagnosis);
    }
    return "";
  }

  Credentials credentials_;
  absl::Time now_;
  std::vector<GoldenRequest> requests_;
};

TEST_F(BotocoreTest, EveryRequestIsVerified) {
  EXPECT_GE(requests_.size(), 40u);
  for (const GoldenRequest& golden : requests_) {
    EXPECT_EQ(Verify(golden), "") << golden.name;
  }
}

TEST_F(BotocoreTest, TheRegionIsKnownWithoutVerifying) {
  for (const GoldenRequest& golden : requests_) {
    EXPECT_EQ(ParseCredentialScope(golden.request)->region, golden.region)
        << golden.name;
  }
}

TEST_F(BotocoreTest, TheOrderOfParametersAndHeadersDoesNotMatter) {
  for (GoldenRequest& golden : requests_) {
    if (golden.name == "repeated header") continue;  // Order of its values.
    auto& query = golden.request.query;
    auto& headers = golden.request.headers;
    query = {query.rbegin(), query.rend()};
    headers = {headers.rbegin(), headers.rend()};
    EXPECT_EQ(Verify(golden), "") << golden.name;
  }
}

TEST_F(BotocoreTest, LowerCaseEncodingOnTheWireDoesNotMatter) {
  const auto found =
      absl::c_find_if(requests_, [](const GoldenRequest& golden) {
        return golden.name == "query with encoded specials";
      });
  ASSERT_NE(found, requests_.end());
  found->request.query[0].second = "a%2bb%2fc%3d%3D%26d%25";
  EXPECT_EQ(Verify(*found), "");
}

TEST_F(BotocoreTest, EveryChangeIsNoticed) {
  for (const GoldenRequest& golden : requests_) {
    GoldenRequest changed = golden;
    changed.request.method = "PATCH";
    EXPECT_NE(Verify(changed), "") << golden.name;

    changed = golden;
    changed.request.path += "x";
    EXPECT_NE(Verify(changed), "") << golden.name;

    changed = golden;
    changed.request.query.emplace_back("extra", "");
    EXPECT_NE(Verify(changed), "") << golden.name;

    changed = golden;
    RemoveHeader("Host", &changed.request);
    changed.request.headers.emplace_back("Host", "example.com");
    EXPECT_NE(Verify(changed), "") << golden.name;

    if (golden.name == "unsigned payload") continue;
    changed = golden;
    changed.request.body = "changed";
    EXPECT_NE(Verify(changed), "") << golden.name;
  }
}

// Our signers write what botocore writes, byte for byte.
TEST_F(BotocoreTest, OurSignaturesAreTheSame) {
  for (const GoldenRequest& golden : requests_) {
    if (golden.name == "date header") continue;  // We send X-Amz-Date.
    // What botocore's HTTP layer adds once a request is signed.
    if (absl::StartsWith(golden.name, "botocore client")) continue;
    SigV4Request request = golden.request;
    Credentials credentials = credentials_;
    credentials.session_token = golden.session_token;
    const SigV4SigningContext context = {golden.region, golden.service, now_};
    if (golden.presigned) {
      int64_t expires = 0;
      ASSERT_TRUE(absl::SimpleAtoi(
          *ParseSigV4Authorization(golden.request)->expires, &expires));
      while (!request.query.empty() &&
             absl::StartsWith(request.query.back().first, "X-Amz-")) {
        request.query.pop_back();
      }
      PresignRequest(credentials, context, absl::Seconds(expires), &request);
      EXPECT_EQ(TargetOf(request), TargetOf(golden.request)) << golden.name;
    } else {
      SignRequest(credentials, context, &request);
      EXPECT_EQ(FindHeader(request, "Authorization"),
                FindHeader(golden.request, "Authorization"))
          << golden.name;
    }
  }
}

}  // namespace
}  // namespace dsql
