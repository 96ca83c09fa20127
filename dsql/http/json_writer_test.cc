// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/json_writer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "dsql/v1/dsql.pb.h"
#include "dsql/v1/errors.pb.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

TEST(JsonWriterTest, WritesAsAws) {
  v1::GetClusterOutput output;
  output.set_identifier("abc");
  output.set_status(v1::ClusterStatus::CREATING);
  output.set_creation_time(1782306284.339124);
  output.set_deletion_protection_enabled(false);
  output.mutable_encryption_details()->set_encryption_type(
      v1::EncryptionType::AWS_OWNED_KMS_KEY);
  output.mutable_multi_region_properties()->add_clusters("x");
  output.mutable_multi_region_properties()->add_clusters("y");
  EXPECT_EQ(WriteJson(output),
            R"({"identifier":"abc","status":"CREATING",)"
            R"("creationTime":1782306284.339124,)"
            R"("deletionProtectionEnabled":false,)"
            R"("multiRegionProperties":{"clusters":["x","y"]},"tags":{},)"
            R"("encryptionDetails":{"encryptionType":"AWS_OWNED_KMS_KEY"}})");
}

TEST(JsonWriterTest, TimesAreNumbersWithAndWithoutAFraction) {
  v1::StatusReason reason;
  reason.set_updated_at(1767225600);
  EXPECT_EQ(WriteJson(reason), R"({"updatedAt":1767225600})");
  reason.set_updated_at(0.1 + 0.2);
  EXPECT_EQ(WriteJson(reason), R"({"updatedAt":0.30000000000000004})");
  reason.set_updated_at(1767225600.25);
  EXPECT_EQ(WriteJson(reason), R"({"updatedAt":1767225600.25})");
}

TEST(JsonWriterTest, MapsAreSorted) {
  v1::ListTagsForResourceOutput output;
  for (const char* key : {"c", "a", "d", "b"}) {
    (*output.mutable_tags())[key] = "x";
  }
  EXPECT_EQ(WriteJson(output), R"({"tags":{"a":"x","b":"x","c":"x","d":"x"}})");
}

TEST(JsonWriterTest, ListsOfStructures) {
  v1::ListClustersOutput output;
  output.add_clusters()->set_identifier("a");
  output.add_clusters()->set_identifier("b");
  EXPECT_EQ(WriteJson(output),
            R"({"clusters":[{"identifier":"a"},{"identifier":"b"}]})");
}

TEST(JsonWriterTest, EmptyCollectionsAreWrittenUnlessLeftOut) {
  EXPECT_EQ(WriteJson(v1::ListClustersOutput()), R"({"clusters":[]})");
  EXPECT_EQ(WriteJson(v1::TagResourceOutput()), "{}");
  EXPECT_EQ(WriteJson(v1::ErrorDetail(), EmptyCollections::kLeaveOut), "{}");
}

TEST(JsonWriterTest, TextsAreEscaped) {
  v1::GetClusterPolicyOutput output;
  output.set_policy("{\"a\": \"\xc3\xa9\n\"}");
  EXPECT_EQ(WriteJson(output),
            "{\"policy\":\"{\\\"a\\\": \\\"\xc3\xa9\\n\\\"}\"}");
}

TEST(JsonWriterTest, EachCharacterIsWrittenAsBoostDoes) {
  for (int c = 1; c < 0x80; ++c) {
    const std::string text = {'a', static_cast<char>(c), 'b'};
    v1::GetClusterPolicyOutput output;
    output.set_policy(text);
    const std::string quoted = boost::json::serialize(
        boost::json::string_view(text.data(), text.size()));
    EXPECT_EQ(WriteJson(output), absl::StrCat("{\"policy\":", quoted, "}"));
  }
}

}  // namespace
}  // namespace http
}  // namespace dsql
