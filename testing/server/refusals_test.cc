// SPDX-License-Identifier: Apache-2.0

// dsql/server_schema/refusals.sql.

#include "dsql/postgres/test_support.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

class RefusalsTest : public ServerSchemaTest {
 protected:
  void SetUp() override {
    ServerSchemaTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    DSQL_ASSERT_OK(admin_->Execute(
        "CREATE DOMAIN d AS int; CREATE DOMAIN e AS int;"
        "CREATE TABLE t (id int, k d, u int UNIQUE, v e, w int CHECK (w > 0),"
        " PRIMARY KEY (id, k));"
        "CREATE TABLE c (t int, k int, FOREIGN KEY (t, k) REFERENCES t);"
        "CREATE SCHEMA s; CREATE DOMAIN s.d AS int;"
        "CREATE TABLE \"T\" (\"K\" s.d PRIMARY KEY)"));
  }
};

TEST_F(RefusalsTest, APrimaryKeyStays) {
  constexpr char kConstraint[] =
      "0A000: unsupported ALTER TABLE DROP CONSTRAINT statement";
  const struct {
    const char* sql;
    const char* answer;
  } cases[] = {
      {"ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE", kConstraint},
      {"ALTER TABLE t DROP CONSTRAINT t_u_key, DROP CONSTRAINT t_pkey CASCADE",
       kConstraint},
      {"ALTER TABLE \"T\" DROP CONSTRAINT IF EXISTS \"T_pkey\"", kConstraint},
      {"ALTER TABLE t DROP COLUMN k CASCADE",
       "0A000: cannot drop primary key column k"},
      {"ALTER TABLE t DROP COLUMN u, DROP COLUMN id CASCADE",
       "0A000: cannot drop primary key column id"},
      {"ALTER TABLE \"T\" DROP COLUMN \"K\"",
       "0A000: cannot drop primary key column K"},
      {"DROP DOMAIN d CASCADE", "0A000: cannot drop primary key column k"},
      {"DROP SCHEMA s CASCADE", "0A000: cannot drop primary key column K"},
  };
  for (const auto& test_case : cases)
    EXPECT_EQ(Admin(test_case.sql), test_case.answer) << test_case.sql;
}

// Whose reset drops by owner.
TEST_F(RefusalsTest, TheSuperuserDropsEverything) {
  EXPECT_EQ(Internal("DROP DOMAIN public.d CASCADE"), "");
}

TEST_F(RefusalsTest, EverythingElseMayBeDropped) {
  for (const char* sql :
       {"ALTER TABLE t DROP CONSTRAINT t_u_key", "ALTER TABLE t DROP COLUMN u",
        "ALTER TABLE t DROP CONSTRAINT t_w_check", "DROP DOMAIN e CASCADE",
        "ALTER TABLE c DROP CONSTRAINT c_t_k_fkey", "DROP TABLE t CASCADE",
        "DROP TABLE \"T\"", "DROP SCHEMA s CASCADE",
        "CREATE TABLE s (i int PRIMARY KEY); DROP TABLE s"})
    EXPECT_EQ(Admin(sql), "") << sql;
}

TEST_F(RefusalsTest, ARowIsNoColumn) {
  for (const char* sql :
       {"CREATE TABLE r (c t)", "ALTER TABLE c ADD COLUMN r t",
        "CREATE SCHEMA q CREATE TABLE r (c t)", "CREATE DOMAIN r AS t"})
    EXPECT_EQ(Admin(sql), "0A000: datatype t not supported") << sql;
  EXPECT_EQ(Admin("CREATE TABLE r (c d)"), "");
}

TEST_F(RefusalsTest, ARowIsAColumnOfAView) {
  EXPECT_EQ(Admin("CREATE SCHEMA q; CREATE TABLE q.t (id int PRIMARY KEY);"
                  "CREATE VIEW q.v AS SELECT t FROM q.t;"
                  "ALTER SCHEMA q RENAME TO r"),
            "");
}

TEST_F(RefusalsTest, AnIdentityIsABigint) {
  EXPECT_EQ(
      Admin("ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY"),
      "22023: datatype integer not supported, identity column type must be "
      "bigint");
  EXPECT_EQ(Admin("CREATE TABLE r (c bigint NOT NULL);"
                  "ALTER TABLE r ALTER COLUMN c ADD GENERATED ALWAYS AS "
                  "IDENTITY"),
            "");
}

}  // namespace
}  // namespace dsql_testing
