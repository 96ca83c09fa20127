// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/key_policy.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dsql/kms/kms_error.h"
#include "gtest/gtest.h"

namespace dsql::kms {
namespace {

constexpr char kKey[] =
    "arn:aws:kms:us-east-1:000000000000:key/"
    "8a71d298-c086-4fb4-a698-d7b4eeb657e6";
constexpr char kCluster[] =
    "arn:aws:dsql:us-east-1:000000000000:cluster/aaaaaaaaaaaaaaaaaaaaaaaaaa";

// The second statement of the User Guide's policy, with `condition`.
std::string ForDsql(absl::string_view condition) {
  return absl::StrCat(R"({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "dsql.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
    "Resource": "*")",
                      condition, "}]}");
}

bool Allows(absl::string_view policy) {
  return AllowsDsql(policy, kKey, kCluster);
}

TEST(KeyPolicyTest, TheDefaultIsAPolicyThatAllowsDsql) {
  const std::string policy = DefaultKeyPolicy(kKey);
  EXPECT_TRUE(CheckKeyPolicy(policy).ok()) << policy;
  EXPECT_TRUE(Allows(policy)) << policy;
}

TEST(KeyPolicyTest, TheDefaultOfKmsItselfDoesNotAllowDsql) {
  EXPECT_FALSE(Allows(R"({"Version": "2012-10-17", "Statement": [{
    "Sid": "Enable IAM User Permissions", "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
    "Action": "kms:*", "Resource": "*"}]})"));
}

TEST(KeyPolicyTest, ADenyWins) {
  const std::string deny =
      absl::StrReplaceAll(DefaultKeyPolicy(kKey),
                          {{"\"Statement\":[",
                            R"("Statement":[{"Effect": "Deny", "Principal": "*",
            "Action": "kms:Decrypt", "Resource": "*"},)"}});
  EXPECT_TRUE(CheckKeyPolicy(deny).ok());
  EXPECT_FALSE(Allows(deny));
}

TEST(KeyPolicyTest, AllThreeActionsAreNeeded) {
  EXPECT_TRUE(Allows(ForDsql("")));
  for (const char* action :
       {"kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"}) {
    EXPECT_FALSE(
        Allows(absl::StrReplaceAll(ForDsql(""), {{action, "kms:ListGrants"}})))
        << action;
  }
}

TEST(KeyPolicyTest, AnotherServiceIsNotDsql) {
  EXPECT_FALSE(Allows(absl::StrReplaceAll(
      ForDsql(""), {{"dsql.amazonaws.com", "rds.amazonaws.com"}})));
}

TEST(KeyPolicyTest, TheSourceIsTheCluster) {
  EXPECT_TRUE(Allows(ForDsql(
      absl::StrCat(R"(,"Condition": {"StringLike": {"aws:SourceArn": ")",
                   kCluster, R"("}})"))));
  EXPECT_FALSE(Allows(
      ForDsql(R"(,"Condition": {"StringLike": {"aws:SourceArn": "*/bbbb"}})")));
}

TEST(KeyPolicyTest, TheEncryptionContextNamesTheCluster) {
  const std::string condition = R"(}, {"Effect": "Deny",
    "Principal": {"Service": "dsql.amazonaws.com"},
    "Action": "kms:GenerateDataKey", "Resource": "*",
    "Condition": {"StringNotEquals": {
      "kms:EncryptionContext:aws:dsql:ClusterId": "ID"}})";
  EXPECT_TRUE(Allows(ForDsql(
      absl::StrReplaceAll(condition, {{"ID", "aaaaaaaaaaaaaaaaaaaaaaaaaa"}}))));
  EXPECT_FALSE(Allows(ForDsql(condition)));
}

TEST(KeyPolicyTest, WhatIsNoPolicyIsMalformed) {
  for (const char* policy :
       {"", "{", "[]", "{}", R"({"Statement": []})", R"({"Statement": ["x"]})",
        R"({"Statement": {"Effect": "Maybe", "Principal": "*",
            "Action": "kms:*", "Resource": "*"}})",
        R"({"Statement": {"Effect": "Allow", "Action": "kms:*",
            "Resource": "*"}})",
        R"({"Statement": {"Effect": "Allow", "Principal": "me",
            "Action": "kms:*", "Resource": "*"}})",
        R"({"Statement": {"Effect": "Allow", "Principal": "*",
            "Resource": "*"}})",
        R"({"Statement": {"Effect": "Allow", "Principal": "*",
            "Action": [1], "Resource": "*"}})",
        R"({"Statement": {"Effect": "Allow", "Principal": "*",
            "Action": "kms:*", "Resource": "*",
            "Condition": {"Resembles": {"aws:SourceArn": "x"}}}})"}) {
    const absl::Status status = CheckKeyPolicy(policy);
    ASSERT_FALSE(status.ok()) << policy;
    EXPECT_EQ(ExceptionNameOf(status), kMalformedPolicy) << policy;
    EXPECT_FALSE(Allows(policy)) << policy;
  }
}

}  // namespace
}  // namespace dsql::kms
