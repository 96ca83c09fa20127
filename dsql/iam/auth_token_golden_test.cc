// SPDX-License-Identifier: Apache-2.0

// Tokens as each of AWS's SDKs writes them (testdata/sdk_tokens.json): those of
// JavaScript and Python are the SDKs' own; the others have the order and the
// punctuation of the SDK's source and a signature that agrees with botocore's.

#include <fstream>
#include <sstream>
#include <string>

#include "absl/time/time.h"
#include "absl/types/variant.h"
#include "boost/json.hpp"
#include "dsql/iam/auth_token.h"
#include "dsql/iam/credentials.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

std::string Text(const boost::json::value& value) {
  return boost::json::value_to<std::string>(value);
}

class SdkTokensTest : public ::testing::Test {
 protected:
  SdkTokensTest() {
    std::ifstream file("dsql/iam/testdata/sdk_tokens.json");
    std::stringstream text;
    text << file.rdbuf();
    document_ = boost::json::parse(text.str());
    std::string error;
    EXPECT_TRUE(absl::ParseTime("%E4Y%m%dT%H%M%SZ",
                                Text(document_.at("timestamp")), &now_, &error))
        << error;
  }

  absl::variant<AuthToken, AuthTokenFailure> Verify(
      const boost::json::value& golden) const {
    Credentials credentials;
    credentials.access_key_id = Text(document_.at("access_key_id"));
    credentials.secret_access_key = Text(document_.at("secret_access_key"));
    credentials.session_token = Text(golden.at("session_token"));
    CredentialStore store;
    store.Put(credentials);
    return VerifyAuthToken(Text(golden.at("token")), "us-east-1", store, now_);
  }

  boost::json::value document_;
  absl::Time now_;
};

TEST_F(SdkTokensTest, EveryFormIsVerified) {
  EXPECT_GE(document_.at("tokens").as_array().size(), 20u);
  for (const boost::json::value& golden : document_.at("tokens").as_array()) {
    SCOPED_TRACE(Text(golden.at("name")));
    const auto verified = Verify(golden);
    if (const auto* failure = absl::get_if<AuthTokenFailure>(&verified)) {
      ADD_FAILURE() << failure->message;
      continue;
    }
    const AuthToken& token = absl::get<AuthToken>(verified);
    EXPECT_EQ(token.host, Text(golden.at("host")));
    EXPECT_EQ(token.action, Text(golden.at("action")));
  }
}

TEST_F(SdkTokensTest, EveryRefusalHasItsText) {
  for (const boost::json::value& golden : document_.at("refused").as_array()) {
    SCOPED_TRACE(Text(golden.at("name")));
    const auto verified = Verify(golden);
    const auto* failure = absl::get_if<AuthTokenFailure>(&verified);
    ASSERT_NE(failure, nullptr);
    EXPECT_EQ(failure->message, Text(golden.at("message")));
  }
}

}  // namespace
}  // namespace dsql
