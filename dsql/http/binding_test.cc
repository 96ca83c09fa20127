// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/binding.h"

#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsValidationException;
using ::testing::ElementsAre;

TEST(BindingTest, MembersComeFromWhereTheModelHasThem) {
  v1::PutClusterPolicyInput input;
  ASSERT_THAT(BindRequest({{"identifier", "abc"}}, {{"policy", "from query"}},
                          R"({"identifier":"xyz","policy":"{}"})", &input),
              IsOk());
  EXPECT_EQ(input.identifier(), "abc");
  EXPECT_EQ(input.policy(), "{}");
}

TEST(BindingTest, QueryParametersHaveNamesOfTheirOwn) {
  v1::DeleteClusterPolicyInput input;
  ASSERT_THAT(BindRequest({{"identifier", "abc"}},
                          {{"client-token", "t"},
                           {"clientToken", "u"},
                           {"expected-policy-version", ""},
                           {"X-Amz-Date", "20260101T000000Z"}},
                          "", &input),
              IsOk());
  EXPECT_EQ(input.client_token(), "t");
  EXPECT_TRUE(input.has_expected_policy_version());
  EXPECT_EQ(input.expected_policy_version(), "");
}

TEST(BindingTest, ListsTakeEveryParameterOthersTheFirst) {
  v1::UntagResourceInput input;
  ASSERT_THAT(
      BindRequest({{"resourceArn", "arn:x"}},
                  {{"tagKeys", "a"}, {"b", "c"}, {"tagKeys", "d"}}, "", &input),
      IsOk());
  EXPECT_THAT(input.tag_keys(), ElementsAre("a", "d"));
  v1::ListClustersInput list;
  ASSERT_THAT(
      BindRequest({}, {{"max-results", "2"}, {"max-results", "x"}}, "", &list),
      IsOk());
  EXPECT_EQ(list.max_results(), 2);
}

// A list that is empty is there.
TEST(BindingTest, RequiredListsMustBeThere) {
  v1::TagResourceInput tag;
  EXPECT_THAT(
      BindRequest({{"resourceArn", "arn:x"}}, {}, R"({"tags":{}})", &tag),
      IsOk());
  for (const char* body : {"", "{}", R"({"tags":null})"}) {
    EXPECT_THAT(BindRequest({{"resourceArn", "arn:x"}}, {}, body, &tag),
                IsInvalidMember("tags"))
        << body;
  }
  v1::UntagResourceInput untag;
  EXPECT_THAT(BindRequest({{"resourceArn", "arn:x"}}, {}, "", &untag),
              IsInvalidMember("tagKeys"));
}

TEST(BindingTest, NumbersMustBeNumbers) {
  for (const char* text : {"", "x", "1.5", "99999999999", "1e2"}) {
    v1::ListClustersInput input;
    EXPECT_THAT(
        BindRequest({}, {{"max-results", text}}, "", &input),
        IsValidationException(v1::ValidationExceptionReason::cannotParse))
        << text;
  }
}

TEST(BindingTest, ABodyIsReadOnlyWhereAMemberTravelsInOne) {
  v1::DeleteClusterInput without;
  EXPECT_THAT(BindRequest({{"identifier", "a"}}, {}, "not JSON", &without),
              IsOk());
  v1::UpdateClusterInput with;
  EXPECT_THAT(
      BindRequest({{"identifier", "a"}}, {}, "not JSON", &with),
      IsValidationException(v1::ValidationExceptionReason::cannotParse));
  EXPECT_THAT(BindRequest({{"identifier", "a"}}, {}, "", &with), IsOk());
}

}  // namespace
}  // namespace http
}  // namespace dsql
