#include "dsql/http/json_writer.h"

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
  // Objects are equal in any order of their members.
  EXPECT_EQ(
      boost::json::parse(WriteJson(output)),
      boost::json::parse(
          R"({"identifier":"abc","status":"CREATING",)"
          R"("creationTime":1782306284.339124,)"
          R"("deletionProtectionEnabled":false,"tags":{},)"
          R"("encryptionDetails":{"encryptionType":"AWS_OWNED_KMS_KEY"}})"));
}

TEST(JsonWriterTest, TimesAreNumbersWithAndWithoutAFraction) {
  v1::StatusReason reason;
  reason.set_updated_at(1767225600);
  EXPECT_EQ(WriteJson(reason), R"({"updatedAt":1767225600})");
  reason.set_updated_at(1767225600.25);
  EXPECT_EQ(WriteJson(reason), R"({"updatedAt":1767225600.25})");
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

}  // namespace
}  // namespace http
}  // namespace dsql
