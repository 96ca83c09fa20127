// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/assume_role.h"

#include <string>

#include "absl/time/time.h"
#include "dsql/base/id_generator.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/principal.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kRole[] = "arn:aws:iam::123456789012:role/team/app";
constexpr char kAllow[] =
    R"({"Statement":{"Effect":"Allow","Action":"dsql:*","Resource":"*"}})";

class AssumeRoleTest : public ::testing::Test {
 protected:
  AssumeRoleTest() {
    input_.role_arn = kRole;
    input_.role_session_name = "s1";
  }

  absl::StatusOr<Credentials> Assume() {
    return AssumeRole(input_, now_, &ids_, &store_);
  }

  // The fault of an input that STS refuses.
  std::string Fault() { return std::string(Assume().status().message()); }

  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  SeededIdGenerator ids_{1};
  CredentialStore store_;
  AssumeRoleInput input_;
};

TEST_F(AssumeRoleTest, ASessionHasCredentialsOfItsOwn) {
  const auto first = Assume();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->principal_arn,
            "arn:aws:sts::123456789012:assumed-role/app/s1");
  EXPECT_EQ(first->access_key_id.substr(0, 4), "ASIA");
  EXPECT_EQ(first->access_key_id.size(), 20);
  EXPECT_FALSE(first->session_token.empty());
  EXPECT_EQ(first->expiration, now_ + absl::Hours(1));
  const auto second = Assume();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->access_key_id, first->access_key_id);
  EXPECT_NE(second->secret_access_key, first->secret_access_key);
  EXPECT_NE(second->session_token, first->session_token);
  EXPECT_EQ(store_.Find(first->access_key_id)->session_token,
            first->session_token);
}

TEST_F(AssumeRoleTest, ASessionHasWhatItsRoleHas) {
  ASSERT_TRUE(store_
                  .PutRole(kRole, {{kAllow}, {kAllow}, {}, {kAllow}},
                           {{"Team", "a"}, {"env", "dev"}})
                  .ok());
  input_.tags = {{"team", "b"}};
  input_.context = {{"aws:SourceVpc", {"vpc-1"}}};
  input_.policies = {kAllow, kAllow};
  const auto credentials = Assume();
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  const auto session = store_.FindPrincipal(credentials->access_key_id);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->identity.size(), 1);
  EXPECT_EQ(session->permissions_boundary.size(), 1);
  EXPECT_EQ(session->session.size(), 2);
  EXPECT_EQ(session->service_control.size(), 1);
  EXPECT_EQ(session->Keys().Find("aws:PrincipalTag/team"),
            std::vector<std::string>{"b"});
  EXPECT_EQ(session->Keys().Find("aws:PrincipalTag/env"),
            std::vector<std::string>{"dev"});
  EXPECT_EQ(session->Keys().Find("aws:PrincipalArn"),
            std::vector<std::string>{kRole});
  EXPECT_EQ(session->Keys().Find("aws:SourceVpc"),
            std::vector<std::string>{"vpc-1"});
}

TEST_F(AssumeRoleTest, WhatStsRefusesIsRefused) {
  input_.duration = absl::Minutes(14);
  EXPECT_EQ(Fault(), "duration must be 15 minutes to 12 hours, it is 14m");
  input_.duration = absl::Hours(13);
  EXPECT_EQ(Fault(), "duration must be 15 minutes to 12 hours, it is 13h");
  input_.duration = absl::Minutes(15);
  for (const char* name : {"", "a", "a/b", "a b"}) {
    input_.role_session_name = name;
    EXPECT_EQ(Fault().find("role_session_name must be 2 to 64"), 0) << name;
  }
  input_.role_session_name = std::string(65, 'a');
  EXPECT_EQ(Fault().find("role_session_name must be 2 to 64"), 0);
  input_.role_session_name = "a_+=,.@-Z9";
  EXPECT_EQ(Fault(), "");
  input_.policies = {"{}"};
  EXPECT_EQ(Fault(),
            "session[0]: The policy is malformed: Statement is missing");
  input_.policies.clear();
  for (const char* arn : {"", "app", "arn:aws:iam::123456789012:user/app",
                          "arn:aws:sts::123456789012:assumed-role/app/s1"}) {
    input_.role_arn = arn;
    EXPECT_EQ(Fault().find("role_arn must be arn:aws:iam::"), 0) << arn;
  }
}

TEST(CredentialStoreTest, OnlyARoleIsPutAsOne) {
  CredentialStore store;
  EXPECT_EQ(store.PutRole("arn:aws:iam::123456789012:user/a", {}).message(),
            "Not the ARN of a role, arn:aws:iam::<account>:role/<name>: "
            "arn:aws:iam::123456789012:user/a");
  EXPECT_FALSE(store.PutRole(kRole, {{"{}"}, {}, {}, {}}).ok());
  EXPECT_TRUE(store.FindRole(kRole)->identity.empty());
}

TEST(CredentialStoreTest, ABadPolicyChangesNothing) {
  CredentialStore store;
  Credentials credentials;
  credentials.access_key_id = "AKID";
  credentials.secret_access_key = "old";
  store.Put(credentials);
  credentials.secret_access_key = "new";
  EXPECT_FALSE(store.Put(credentials, {{"{}"}, {}, {}, {}}).ok());
  EXPECT_EQ(store.Find("AKID")->secret_access_key, "old");
}

}  // namespace
}  // namespace dsql
