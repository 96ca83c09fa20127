// SPDX-License-Identifier: Apache-2.0

// Clients have objects that are named as PostgreSQL's own: none is taken for
// those by what lives in the server.

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/test_support.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

class ShadowingTest : public ServerSchemaTest {
 protected:
  void SetUp() override {
    ServerSchemaTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    DSQL_ASSERT_OK(admin_->Execute(
        "CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA public TO app;"
        "CREATE TABLE t (k int PRIMARY KEY, v int);"
        "INSERT INTO t VALUES (1, 1), (2, 2); GRANT ALL ON t TO app"));
    user_ = ConnectAs("app");
  }

  std::string User(const std::string& sql) { return Answer(user_.get(), sql); }

  std::unique_ptr<dsql::postgres::Connection> user_;
};

constexpr char kGrant[] =
    "SELECT dsql_internal.iam_grant('app', 'arn:aws:iam::123456789012:root')";
constexpr char kRefused[] =
    "42501: permission denied to grant IAM trust with role app";

TEST_F(ShadowingTest, TemporaryTablesAreNotTheCatalogs) {
  ASSERT_EQ(User(kGrant), kRefused);
  EXPECT_EQ(User("CREATE TEMP TABLE pg_database AS SELECT oid, datname,"
                 " (SELECT oid FROM pg_roles WHERE rolname = 'app') AS datdba"
                 " FROM pg_catalog.pg_database"),
            "");
  EXPECT_EQ(User(kGrant), kRefused);
  for (const char* catalog :
       {"pg_class", "pg_namespace", "pg_index", "pg_am", "pg_constraint",
        "pg_depend", "pg_roles", "pg_proc"}) {
    EXPECT_EQ(User(absl::StrCat("CREATE TEMP TABLE ", catalog,
                                " AS SELECT * FROM pg_catalog.", catalog,
                                " LIMIT 0")),
              "");
  }
  EXPECT_EQ(User(kGrant), kRefused);
  EXPECT_EQ(User("SELECT dsql_internal.register_index_build('t_pkey'::regclass,"
                 " true, now())"),
            "42501: must be owner of table t");
  User("BEGIN");
  EXPECT_EQ(User("SELECT dsql_internal.copy_tables('t')"), "(public,t)");
  EXPECT_EQ(User("SELECT dsql_internal.touch_rows('t'::regclass, '{\"(0,1)\"}'"
                 "::tid[])"),
            "1");
  User("ROLLBACK");
}

// Each ends the statement that calls it.
constexpr char kTraps[] = R"(
CREATE FUNCTION trap() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION format(text, text) RETURNS text LANGUAGE sql AS
  'SELECT public.trap()::text';
CREATE FUNCTION format(text, name) RETURNS text LANGUAGE sql AS
  'SELECT public.trap()::text';
CREATE FUNCTION format(text, text, text) RETURNS text LANGUAGE sql AS
  'SELECT public.trap()::text';
CREATE FUNCTION array_to_string(text[], text) RETURNS text LANGUAGE sql AS
  'SELECT public.trap()::text';
CREATE FUNCTION unnest(regclass[]) RETURNS SETOF regclass LANGUAGE sql AS
  'SELECT public.trap()::regclass';
CREATE FUNCTION concat_ws(text, text, text) RETURNS text LANGUAGE sql AS
  'SELECT public.trap()::text';
CREATE FUNCTION trap_text(text, text) RETURNS bool LANGUAGE sql AS
  'SELECT public.trap() > 0';
CREATE FUNCTION trap_oid(oid, oid) RETURNS bool LANGUAGE sql AS
  'SELECT public.trap() > 0';
CREATE FUNCTION trap_tid(tid, tid) RETURNS bool LANGUAGE sql AS
  'SELECT public.trap() > 0';
CREATE FUNCTION trap_join(text, text) RETURNS text LANGUAGE sql AS
  'SELECT public.trap()::text';
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = trap_text);
CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = oid, FUNCTION = trap_oid);
CREATE OPERATOR = (LEFTARG = tid, RIGHTARG = tid, FUNCTION = trap_tid);
CREATE OPERATOR <> (LEFTARG = text, RIGHTARG = text, FUNCTION = trap_text);
CREATE OPERATOR ~* (LEFTARG = text, RIGHTARG = text, FUNCTION = trap_text);
CREATE OPERATOR || (LEFTARG = text, RIGHTARG = text, FUNCTION = trap_join);
CREATE DOMAIN text AS pg_catalog.text CHECK (public.trap() > 0);
CREATE DOMAIN name AS pg_catalog.name CHECK (public.trap() > 0);
CREATE DOMAIN oid AS pg_catalog.oid CHECK (public.trap() > 0);
CREATE DOMAIN tid AS pg_catalog.tid CHECK (public.trap() > 0);
CREATE DOMAIN uuid AS pg_catalog.uuid CHECK (public.trap() > 0);
)";

TEST_F(ShadowingTest, NothingInTheClientsPathIsCalled) {
  ASSERT_EQ(Admin(kTraps), "");
  Admin("SET search_path = public, pg_catalog");
  ASSERT_EQ(Admin("SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text"),
            "P0001: trapped");
  const struct {
    const char* sql;
    const char* answer;
  } cases[] = {
      {"dsql_internal.touch_rows('public.t'::regclass, ARRAY['(0,1)',"
       " '(0,2)']::pg_catalog.tid[])",
       "2"},
      {"dsql_internal.sees_violation('t')", "f"},
      {"dsql_internal.has_duplicate_keys('t')", "f"},
      {"dsql_internal.start_row_count() IS NULL", "t"},
      {"dsql_internal.modified_rows() >= 0", "t"},
      {"dsql_internal.iam_grant('app', 'arn:aws:iam::123456789012:root')", ""},
      {"dsql_internal.iam_revoke('app', 'arn:aws:iam::123456789012:root')", ""},
      {"pg_catalog.length(dsql_internal.submit_index_build("
       "'CREATE UNIQUE INDEX i ON t USING btree_index (v)', NULL, 't', 'i',"
       " false))",
       "26"},
      {"pg_catalog.current_setting('server_version')", "16.15"},
      {"pg_catalog.version()", "PostgreSQL 16"},
      {"dsql_internal.invoker()", "admin"},
      {"sys.dsql_major_version()", "1"},
      {"sys.iam_session_user()", "NULL"},
      {"pg_catalog.count(*) FROM sys.jobs", "1"},
      {"relation_name FROM dsql_internal.copy_tables('t')", "t"},
  };
  Admin("BEGIN");
  for (const auto& test_case : cases) {
    EXPECT_EQ(Admin(absl::StrCat("SELECT ", test_case.sql)), test_case.answer)
        << test_case.sql;
  }
  EXPECT_EQ(Admin("COMMIT"), "");
  // The superuser's own connections never have this path.
  Internal("SET search_path = public, pg_catalog");
  EXPECT_EQ(Internal("SELECT pg_catalog.count(*) FROM dsql_internal.keys()"
                     " WHERE kind OPERATOR(pg_catalog.~) 'index'"),
            "2");
  EXPECT_EQ(Admin("CALL sys.wait_for_job('aaaaaaaaaaaaaaaaaaaaaaaaaa')"),
            "42704: job aaaaaaaaaaaaaaaaaaaaaaaaaa does not exist");
}

// To plan a query on a table is to evaluate what its indexes have of constants.
TEST_F(ShadowingTest, TheSuperuserPlansNothingOfUsers) {
  ASSERT_EQ(User(R"(
CREATE SEQUENCE witness;
CREATE FUNCTION evil() RETURNS int LANGUAGE sql VOLATILE AS $$
  SELECT setval('public.witness', 2)
    FROM pg_roles WHERE rolname = current_user AND rolsuper;
  SELECT 1
$$;
CREATE FUNCTION quiet(i int) RETURNS int LANGUAGE sql IMMUTABLE AS
  'SELECT 1; SELECT public.evil()';
CREATE TABLE trap (k int PRIMARY KEY);
INSERT INTO trap VALUES (1);
CREATE INDEX ON trap ((quiet(1) + k)) WHERE quiet(2) > 0;
)"),
            "");
  User("BEGIN; SELECT FROM trap");
  Internal("DELETE FROM public.trap");
  // That was the superuser.
  User("SELECT setval('witness', 1)");
  User("INSERT INTO trap VALUES (1)");
  EXPECT_EQ(User("SELECT dsql_internal.has_duplicate_plain_keys('trap')"), "t");
  EXPECT_EQ(User("SELECT last_value FROM witness"), "1");
}

TEST_F(ShadowingTest, FunctionsCheckTheirArguments) {
  Admin(
      "CREATE TABLE hidden (k int PRIMARY KEY, s bigint GENERATED ALWAYS AS"
      " IDENTITY)");
  const struct {
    const char* sql;
    const char* answer;
  } cases[] = {
      {"dsql_internal.register_index_build('t_pkey'::regclass, false, now())",
       "42501: must be owner of table t"},
      {"dsql_internal.register_validation(1260, 'x', now())",
       "42501: must be owner of table pg_authid"},
      {"dsql_internal.register_validation(1, 'x', now())",
       "42501: must be owner of table "},
      {"dsql_internal.identity_nextval('hidden_s_seq')",
       "42501: permission denied for sequence public.hidden_s_seq"},
      {"dsql_internal.touch_rows('hidden'::regclass, '{}')",
       "42501: permission denied for table hidden"},
      {"dsql_internal.has_duplicate_plain_keys('pg_authid')", "f"},
  };
  for (const auto& test_case : cases) {
    EXPECT_EQ(User(absl::StrCat("SELECT ", test_case.sql)), test_case.answer)
        << test_case.sql;
  }
}

}  // namespace
}  // namespace dsql_testing
