// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/json_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/proto_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "dsql/v1/errors.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

using ::dsql_testing::EqualsProto;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsValidationException;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

auto IsCannotParse() {
  return IsValidationException(v1::ValidationExceptionReason::cannotParse);
}

TEST(JsonReaderTest, ReadsEveryKindOfMember) {
  v1::CreateClusterInput input;
  ASSERT_THAT(ReadJson(R"({"deletionProtectionEnabled":false,
      "kmsEncryptionKey":"k\u00e9\n","tags":{"a":"b","":""},
      "multiRegionProperties":{"witnessRegion":"us-west-2",
                               "clusters":["x","y"]}})",
                       &input),
              IsOk());
  EXPECT_TRUE(input.has_deletion_protection_enabled());
  EXPECT_FALSE(input.deletion_protection_enabled());
  EXPECT_EQ(input.kms_encryption_key(), "k\xc3\xa9\n");
  EXPECT_THAT(input.tags(), UnorderedElementsAre(Pair("a", "b"), Pair("", "")));
  EXPECT_EQ(input.multi_region_properties().witness_region(), "us-west-2");
  EXPECT_THAT(input.multi_region_properties().clusters(),
              ::testing::ElementsAre("x", "y"));
}

TEST(JsonReaderTest, AbsentAndNullAreOneAndEmptyIsAnother) {
  v1::CreateClusterInput input;
  ASSERT_THAT(ReadJson(R"({"policy":"","clientToken":null,"tags":null,
                           "multiRegionProperties":{}})",
                       &input),
              IsOk());
  EXPECT_TRUE(input.has_policy());
  EXPECT_FALSE(input.has_client_token());
  EXPECT_FALSE(input.has_kms_encryption_key());
  EXPECT_TRUE(input.has_multi_region_properties());
}

TEST(JsonReaderTest, UnknownMembersAreIgnoredAtAnyDepth) {
  v1::CreateStreamInput input;
  ASSERT_THAT(ReadJson(R"({"x":[{"y":1e400}],
      "targetDefinition":{"kinesis":{"streamArn":"a","z":null},"w":1}})",
                       &input),
              IsOk());
  EXPECT_EQ(input.target_definition().kinesis().stream_arn(), "a");
}

TEST(JsonReaderTest, NamesHaveACase) {
  v1::CreateClusterInput input;
  ASSERT_THAT(ReadJson(R"({"client_token":"a","ClientToken":"b"})", &input),
              IsOk());
  EXPECT_THAT(input, EqualsProto(v1::CreateClusterInput()));
}

TEST(JsonReaderTest, MembersThatTravelElsewhereAreIgnored) {
  v1::UpdateClusterInput input;
  ASSERT_THAT(ReadJson(R"({"identifier":"x","clientToken":"y"})", &input),
              IsOk());
  EXPECT_FALSE(input.has_identifier());
  EXPECT_EQ(input.client_token(), "y");
}

TEST(JsonReaderTest, TimesAndEnums) {
  v1::StatusReason reason;
  ASSERT_THAT(
      ReadJson(R"({"error":"INTERNAL_ERROR","updatedAt":1782306284.339124})",
               &reason),
      IsOk());
  EXPECT_EQ(reason.error(), v1::StreamFailureErrorCode::INTERNAL_ERROR);
  EXPECT_EQ(reason.updated_at(), 1782306284.339124);
  ASSERT_THAT(ReadJson(R"({"updatedAt":17})", &reason), IsOk());
  EXPECT_EQ(reason.updated_at(), 17);
}

TEST(JsonReaderTest, AnUnknownEnumTextIsLeftToValidation) {
  v1::CreateStreamInput input;
  ASSERT_THAT(
      ReadJson(R"({"ordering":"SORTED","format":"UNSPECIFIED"})", &input),
      IsOk());
  EXPECT_TRUE(input.has_ordering());
  EXPECT_EQ(input.ordering(), 0);
  EXPECT_TRUE(input.has_format());
  EXPECT_EQ(input.format(), 0);
}

TEST(JsonReaderTest, WrongTypesCannotBeParsed) {
  for (const char* json :
       {R"({"deletionProtectionEnabled":"true"})",
        R"({"deletionProtectionEnabled":1})", R"({"policy":{}})",
        R"({"policy":5})", R"({"tags":[]})", R"({"tags":{"a":1}})",
        R"({"tags":{"a":null}})", R"({"multiRegionProperties":[]})",
        R"({"multiRegionProperties":{"clusters":"x"}})",
        R"({"multiRegionProperties":{"clusters":[null]}})",
        R"({"multiRegionProperties":{"clusters":[["x"]]}})"}) {
    v1::CreateClusterInput input;
    EXPECT_THAT(ReadJson(json, &input), IsCannotParse()) << json;
  }
  v1::CreateStreamInput stream;
  EXPECT_THAT(ReadJson(R"({"ordering":1})", &stream), IsCannotParse());
  v1::StatusReason reason;
  EXPECT_THAT(ReadJson(R"({"updatedAt":"1"})", &reason), IsCannotParse());
}

TEST(JsonReaderTest, TheMemberIsNamed) {
  v1::CreateStreamInput input;
  EXPECT_THAT(
      ReadJson(R"({"targetDefinition":{"kinesis":{"roleArn":1}}})", &input)
          .ToString(),
      HasSubstr("'targetDefinition.kinesis.roleArn' must be a string"));
}

TEST(JsonReaderTest, IntegersMayBeWrittenAsDoubles) {
  // No input has an integer in its body.
  v1::ErrorDetail detail;
  for (const char* number : {"7", "7.0", "0.7e1"}) {
    ASSERT_THAT(ReadJson(absl::StrCat(R"({"retryAfterSeconds":)", number, "}"),
                         &detail),
                IsOk());
    EXPECT_EQ(detail.retry_after_seconds(), 7);
  }
  for (const char* number : {"7.5", "2147483648", "-2147483649", "1e300",
                             "9223372036854775808", "true", R"("7")"}) {
    EXPECT_THAT(ReadJson(absl::StrCat(R"({"retryAfterSeconds":)", number, "}"),
                         &detail),
                IsCannotParse())
        << number;
  }
}

TEST(JsonReaderTest, MalformedJsonCannotBeParsed) {
  for (const char* json :
       {"", " ", "{", "{}x", "[]", "null", "1", "\"a\"", "{\"a\":}",
        "{\"a\":1,}", "{'a':1}", "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}",
        "{\"a\":\"\n\"}", "{\"a\":NaN}", "{/**/}"}) {
    v1::CreateClusterInput input;
    EXPECT_THAT(ReadJson(json, &input), IsCannotParse()) << json;
  }
}

TEST(JsonReaderTest, DeepNestingIsRefusedNotFollowed) {
  std::string json = R"({"x":)";
  json.append(100000, '[');
  v1::CreateClusterInput input;
  EXPECT_THAT(ReadJson(json, &input), IsCannotParse());
}

}  // namespace
}  // namespace http
}  // namespace dsql
