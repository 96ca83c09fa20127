// SPDX-License-Identifier: Apache-2.0

// dsql/server_schema/sys.sql.

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/test_support.h"
#include "gmock/gmock.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::AnyOf;

class IamTest : public ServerSchemaTest {
 protected:
  void SetUp() override {
    ServerSchemaTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    DSQL_ASSERT_OK(
        admin_->Execute("CREATE ROLE app LOGIN; CREATE ROLE nologin"));
  }
};

constexpr char kGrant[] =
    "SELECT dsql_internal.iam_grant('app',"
    " 'arn:aws:iam::123456789012:role/x')";
constexpr char kRevoke[] =
    "SELECT dsql_internal.iam_revoke('app',"
    " 'arn:aws:iam::123456789012:role/x')";

TEST_F(IamTest, GrantIsListed) {
  EXPECT_EQ(Admin(kGrant), "");
  EXPECT_EQ(Admin(kGrant),
            "42710: IAM role arn:aws:iam::123456789012:role/x already exists");
  EXPECT_EQ(Admin("SELECT iam_oid >= 26000, arn, pg_role_oid = 'app'::regrole,"
                  " pg_role_name, grantor_pg_role_oid, grantor_pg_role_name"
                  " FROM sys.iam_pg_role_mappings"),
            "t|arn:aws:iam::123456789012:role/x|t|app|15579|admin");
  EXPECT_EQ(Admin(kRevoke), "");
  EXPECT_EQ(Admin("SELECT count(*) FROM sys.iam_pg_role_mappings"), "0");
  EXPECT_EQ(Admin(kRevoke),
            "42704: IAM role arn:aws:iam::123456789012:role/x does not exist");
}

TEST_F(IamTest, AMappedRoleIsNotDropped) {
  Admin(kGrant);
  EXPECT_EQ(Admin("DROP ROLE app"),
            "2BP01: role \"app\" cannot be dropped because some objects depend "
            "on it");
  Admin(kRevoke);
  EXPECT_EQ(Admin("DROP ROLE app"), "");
}

TEST_F(IamTest, ARoleThatHasLostLoginIsStillRevoked) {
  Admin(kGrant);
  Admin("ALTER ROLE app NOLOGIN");
  EXPECT_EQ(Admin(kRevoke), "");
  EXPECT_EQ(Admin("DROP ROLE app"), "");
}

// What CREATEROLE made is not the creator's own.
TEST_F(IamTest, ASchemaOfAnotherRoleTakesMembership) {
  constexpr char kCreate[] = "CREATE SCHEMA s AUTHORIZATION app";
  EXPECT_THAT(Admin(kCreate), AnyOf("42501: must be member of role \"app\"",
                                    "42501: must be able to SET ROLE \"app\""));
  EXPECT_EQ(Admin("GRANT app TO admin"), "");
  EXPECT_EQ(Admin(kCreate), "");
}

TEST_F(IamTest, Refusals) {
  const struct {
    const char* call;
    const char* answer;
  } cases[] = {
      {"iam_grant('app', 'x')", "22023: IAM role must look like an IAM ARN"},
      {"iam_grant('nope', 'x')", "42704: Role nope does not exist"},
      {"iam_grant('nologin', 'x')",
       "22023: role nologin must have the LOGIN attribute"},
      {"iam_grant('admin', 'x')", "0A000: Role admin not supported"},
      {"iam_grant('pg_monitor', 'x')",
       "0A000: Cannot establish trust with role pg_monitor"},
      {"iam_grant('rdsadmin', 'x')", "42704: Role rdsadmin does not exist"},
      {"iam_revoke('app', 'arn:aws:iam::123456789012:user/y')",
       "42704: IAM role arn:aws:iam::123456789012:user/y does not exist"},
  };
  for (const auto& test_case : cases) {
    EXPECT_EQ(Admin(absl::StrCat("SELECT dsql_internal.", test_case.call)),
              test_case.answer);
  }
}

TEST_F(IamTest, OnlyAdminGrants) {
  auto user = ConnectAs("app");
  EXPECT_EQ(Answer(user.get(), kGrant),
            "42501: permission denied to grant IAM trust with role app");
  // Even if he came in as somebody else.
  Admin("GRANT app TO admin");
  EXPECT_EQ(Admin(std::string("BEGIN; SET LOCAL ROLE app; ") + kGrant),
            "42501: permission denied to grant IAM trust with role app");
}

TEST_F(ServerSchemaTest, Functions) {
  const struct {
    const char* call;
    const char* answer;
  } cases[] = {
      {"uuid_to_base32_str('00112233-4455-6677-8899-aabbccddeeff')",
       "aaisem2ekvthpcezvk54zxpo74"},
      {"base32_str_to_uuid('aaisem2ekvthpcezvk54zxpo74')",
       "00112233-4455-6677-8899-aabbccddeeff"},
      {"base32_str_to_uuid('AAISEM2EKVTHPCEZVK54ZXPO74')",
       "22P02: Unable to convert text to UUID"},
      {"dsql_major_version()", "1"},
      {"cluster_size() > 0", "t"},
      {"cluster_size_limit()", "10995116277760"},
      {"base_type_oid('int'::regtype)", "23"},
      {"current_session_id() = sys.current_session_id()", "t"},
      {"current_transaction_id()", "NULL"},
      {"iam_session_user()", "NULL"},
  };
  for (const auto& test_case : cases) {
    EXPECT_EQ(Admin(absl::StrCat("SELECT sys.", test_case.call)),
              test_case.answer)
        << test_case.call;
  }
  EXPECT_NE(Admin("SELECT sys.current_session_id()"),
            Internal("SELECT sys.current_session_id()"));
}

TEST_F(ServerSchemaTest, AUserSeesAndChangesNothingOfOurs) {
  Admin("CREATE ROLE r LOGIN");
  auto user = ConnectAs("r");
  const struct {
    const char* sql;
    const char* answer;
  } cases[] = {
      {"SELECT * FROM dsql_internal.jobs",
       "42501: permission denied for table jobs"},
      {"SELECT * FROM dsql_internal.iam_mappings",
       "42501: permission denied for table iam_mappings"},
      {"SELECT dsql_internal.limit_of('tables')",
       "42501: permission denied for function limit_of"},
      {"SELECT dsql_internal.purge_jobs(now())",
       "42501: permission denied for function purge_jobs"},
      {"SELECT dsql_internal.reset()",
       "42501: permission denied for function reset"},
      {"SELECT dsql_internal.forget_unmapped_roles()",
       "42501: permission denied for function forget_unmapped_roles"},
      {"CREATE TABLE dsql_internal.t (i int)",
       "42501: permission denied for schema dsql_internal"},
      {"CREATE TABLE sys.t (i int)", "42501: permission denied for schema sys"},
      {"SELECT count(*) FROM information_schema.schemata"
       " WHERE schema_name = 'dsql_internal'",
       "0"},
      {"SELECT count(*) FROM information_schema.tables"
       " WHERE table_schema = 'dsql_internal'",
       "0"},
  };
  for (const auto& test_case : cases) {
    EXPECT_EQ(Answer(user.get(), test_case.sql), test_case.answer);
    EXPECT_EQ(Admin(test_case.sql), test_case.answer);
  }
}

}  // namespace
}  // namespace dsql_testing
