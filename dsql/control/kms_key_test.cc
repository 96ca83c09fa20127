// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/kms_key.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/aws/identifier.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/kms/key_metadata.h"
#include "dsql/kms/kms.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::testing::HasSubstr;

constexpr char kKeyId[] = "12345678-90ab-cdef-1234-567890abcdef";
constexpr char kMember[] = "kmsEncryptionKey";

class KmsKeyTest : public ControlPlaneFixture {
 protected:
  absl::StatusOr<v1::CreateClusterOutput> Create(
      const std::string& key, const std::string& region = kRegion) {
    v1::CreateClusterInput input;
    if (!key.empty()) input.set_kms_encryption_key(key);
    return clusters(region).CreateCluster(input);
  }

  // The ARN that a key leads to; "" where it is AWS's own.
  std::string ArnOfKey(const std::string& key,
                       const std::string& region = kRegion) {
    const auto created = Create(key, region);
    EXPECT_THAT(created, IsOk()) << key;
    if (!created.ok()) return "error";
    const v1::EncryptionDetails& details = created->encryption_details();
    EXPECT_EQ(details.has_kms_key_arn(),
              details.encryption_type() ==
                  v1::EncryptionType::CUSTOMER_MANAGED_KMS_KEY);
    return details.kms_key_arn();
  }

  absl::Status Update(const std::string& cluster, const std::string& key) {
    v1::UpdateClusterInput input;
    input.set_identifier(cluster);
    input.set_kms_encryption_key(key);
    return clusters().UpdateCluster(input).status();
  }

  std::string NewKey() { return control_->kms().CreateKey().value().arn; }
};

TEST_F(KmsKeyTest, AwsOwnKeyHasNoArn) {
  EXPECT_EQ(ArnOfKey(""), "");
  EXPECT_EQ(ArnOfKey("AWS_OWNED_KMS_KEY"), "");
}

TEST_F(KmsKeyTest, EveryNameOfAKeyLeadsToItsArn) {
  const std::string arn =
      absl::StrCat("arn:aws:kms:us-east-1:000000000000:key/", kKeyId);
  EXPECT_EQ(ArnOfKey(kKeyId), arn);
  EXPECT_EQ(ArnOfKey(absl::StrCat("key/", kKeyId)), arn);
  EXPECT_EQ(ArnOfKey(arn), arn);
  const std::string multi_region = "mrk-1234567890abcdef1234567890abcdef";
  EXPECT_EQ(
      ArnOfKey(multi_region),
      absl::StrCat("arn:aws:kms:us-east-1:000000000000:key/", multi_region));
  EXPECT_EQ(ArnOfKey("arn:aws:kms:us-east-1:111111111111:key/theirs"),
            "arn:aws:kms:us-east-1:111111111111:key/theirs");
  EXPECT_EQ(
      ArnOfKey(kKeyId, "cn-north-1"),
      absl::StrCat("arn:aws-cn:kms:cn-north-1:000000000000:key/", kKeyId));
}

TEST_F(KmsKeyTest, AnAliasLeadsToAKeyOfItsOwn) {
  const std::string arn = ArnOfKey("alias/a");
  // The same in every run and every version.
  EXPECT_EQ(arn, absl::StrCat("arn:aws:kms:us-east-1:000000000000:key/",
                              UuidOfName("us-east-1/000000000000/a")));
  EXPECT_EQ(ArnOfKey("alias/a"), arn);
  EXPECT_EQ(ArnOfKey("arn:aws:kms:us-east-1:000000000000:alias/a"), arn);
  EXPECT_NE(ArnOfKey("alias/b"), arn);
  EXPECT_NE(ArnOfKey("alias/a", "us-east-2"), arn);
}

TEST_F(KmsKeyTest, OtherTextsAreNoKeys) {
  for (const char* key :
       {"alias/", "key/", "my-key", "arn:aws:s3:us-east-1:000000000000:key/a",
        "arn:aws:kms:us-east-2:000000000000:key/a",
        "arn:aws:kms:us-east-1:0:key/a", "arn:aws:kms:us-east-1:000000000000:a",
        "arn:"}) {
    EXPECT_THAT(Create(key), IsInvalidMember(kMember)) << key;
  }
}

TEST_F(KmsKeyTest, AKeyThatIsNamedIsThereFromThenOn) {
  EXPECT_FALSE(control_->kms().DescribeKey("alias/app").ok());
  const std::string arn = ArnOfKey("alias/app");
  EXPECT_EQ(control_->kms().DescribeKey("alias/app")->arn, arn);
}

TEST_F(KmsKeyTest, AClusterThatIsNotCreatedMakesNoKey) {
  options_.quotas.single_region_clusters = 0;
  Restart();
  ASSERT_FALSE(Create("alias/app").ok());
  EXPECT_FALSE(control_->kms().DescribeKey("alias/app").ok());
}

TEST_F(KmsKeyTest, AnAliasOfAKeyLeadsToThatKey) {
  const std::string key = NewKey();
  ASSERT_THAT(control_->kms().CreateAlias("alias/app", key), IsOk());
  EXPECT_EQ(ArnOfKey("alias/app"), key);
}

TEST_F(KmsKeyTest, AStrictKmsHasOnlyKeysThatWereCreated) {
  options_.kms.strict = true;
  Restart();
  EXPECT_THAT(Create("alias/app"), IsInvalidMember(kMember));
  EXPECT_THAT(Create(kKeyId), IsInvalidMember(kMember));
  const std::string key = NewKey();
  EXPECT_EQ(ArnOfKey(key), key);
  Settle();
  const std::string cluster = ActiveCluster();
  EXPECT_THAT(Update(cluster, "alias/app"), IsInvalidMember(kMember));
  EXPECT_THAT(Update(cluster, key), IsOk());
}

TEST_F(KmsKeyTest, AKeyThatIsOfNoUseIsRefused) {
  kms::Kms& kms = control_->kms();
  kms::KeySpecification pair;
  pair.key_spec = "RSA_2048";
  kms::KeySpecification mac;
  mac.key_spec = "HMAC_256";
  mac.key_usage = kms::kGenerateVerifyMac;
  kms::KeySpecification others;
  others.policy = R"({"Version": "2012-10-17", "Statement": {
      "Effect": "Allow", "Action": "kms:*", "Resource": "*",
      "Principal": {"AWS": "arn:aws:iam::000000000000:root"}}})";
  const std::string disabled = NewKey();
  ASSERT_THAT(kms.DisableKey(disabled), IsOk());
  const std::string pending = NewKey();
  ASSERT_THAT(kms.ScheduleKeyDeletion(pending), IsOk());
  const std::string deleted = NewKey();
  ASSERT_THAT(kms.ScheduleKeyDeletion(deleted, 7), IsOk());
  const std::string cluster = ActiveCluster();
  clock_.Advance(absl::Hours(24 * 7));
  const std::vector<std::pair<std::string, std::string>> keys = {
      {kms.CreateKey(pair)->arn, "SYMMETRIC_DEFAULT"},
      {kms.CreateKey(mac)->arn, "SYMMETRIC_DEFAULT"},
      {kms.CreateKey(others)->arn, "dsql.amazonaws.com"},
      {disabled, "is disabled"},
      {pending, "pending deletion"},
      {deleted, "does not exist"}};
  for (const auto& [key, why] : keys) {
    EXPECT_THAT(Create(key), IsInvalidMember(kMember, HasSubstr(why)));
    EXPECT_THAT(Update(cluster, key), IsInvalidMember(kMember, HasSubstr(why)));
  }
}

TEST_F(KmsKeyTest, AKeyOfAnotherRegionIsRefused) {
  kms::KeySpecification other;
  other.region = "us-east-2";
  const std::string key = control_->kms().CreateKey(other)->arn;
  EXPECT_THAT(Create(key), IsInvalidMember(kMember, HasSubstr("us-east-2")));
  EXPECT_EQ(ArnOfKey(key, "us-east-2"), key);
}

}  // namespace
}  // namespace dsql
