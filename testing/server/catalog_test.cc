// SPDX-License-Identifier: Apache-2.0

// dsql/server_schema/catalog.sql.

#include <string>

#include "absl/strings/str_join.h"
#include "dsql/postgres/test_support.h"
#include "dsql/sql/rewrite/visible_catalogs.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

TEST_F(ServerSchemaTest, Answers) {
  ASSERT_EQ(
      Admin("CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, \"B\" int);"
            "CREATE INDEX i ON t (a) INCLUDE (id) WHERE id > 0;"
            "CREATE TABLE k (id int PRIMARY KEY)"),
      "");
  const struct {
    const char* sql;
    const char* answer;
  } cases[] = {
      {"SELECT version()", "PostgreSQL 16"},
      {"SELECT pg_catalog.version() FROM pg_class LIMIT 1", "PostgreSQL 16"},
      {"SELECT current_setting('server_version')", "16.15"},
      {"SELECT current_setting('Server_Version_Num')::int / 10000", "16"},
      {"SELECT current_setting('TimeZone')", "UTC"},
      {"SELECT current_setting('nope')",
       "42704: unrecognized configuration parameter \"nope\""},
      {"SELECT current_setting('nope', true)", "NULL"},
      {"SELECT current_setting(NULL)", "NULL"},
      {"SELECT current_setting('lc_ctype')",
       "42704: unrecognized configuration parameter \"lc_ctype\""},
      {"SELECT current_setting('LC_Collate', false)",
       "42704: unrecognized configuration parameter \"LC_Collate\""},
      {"SELECT current_setting('lc_collate', true)", "NULL"},
      {"SELECT name FROM pg_settings WHERE name LIKE 'lc_c%'", ""},
      {"SELECT current_setting('Disable_sync_create_index')", "on"},
      {"SELECT current_setting('dsql.enable_batched_nestloop', true)", "on"},
      {"SELECT name, setting FROM pg_settings WHERE name LIKE 'server_version%'"
       " ORDER BY 1",
       "server_version|16.15;server_version_num|160015"},
      {"SELECT string_agg(amname, ',' ORDER BY amname) FROM pg_am",
       "brin,btree,btree_index,btree_table,gin,gist,hash,heap,spgist"},
      {"SELECT pg_get_indexdef('t_pkey'::regclass)",
       "CREATE UNIQUE INDEX t_pkey ON public.t USING btree_index (id) INCLUDE "
       "(a, \"B\")"},
      {"SELECT pg_get_indexdef('k_pkey'::regclass)",
       "CREATE UNIQUE INDEX k_pkey ON public.k USING btree_index (id)"},
      {"SELECT indexdef FROM pg_indexes WHERE indexname = 'i'",
       "CREATE INDEX i ON public.t USING btree_index (a) INCLUDE (id) WHERE "
       "(id "
       "> 0)"},
      {"SELECT pg_get_indexdef('i'::regclass, 1, true)", "a"},
      {"SELECT pg_get_indexdef('k_pkey'::regclass, 0, true)",
       "CREATE UNIQUE INDEX k_pkey ON k USING btree_index (id)"},
      {"SELECT string_agg(cfgname, ' ') FROM pg_ts_config", "simple"},
      {"SELECT to_tsvector('A b')", "'a':1 'b':2"},
      {"SELECT 'english'::regconfig",
       "42704: text search configuration \"english\" does not exist"},
      {"SELECT pg_get_indexdef(0)", "NULL"},
      {"SELECT pg_get_constraintdef(oid) FROM pg_constraint"
       " WHERE conname = 't_a_key'",
       "UNIQUE (a)"},
      {"SELECT oid FROM pg_roles WHERE rolname = 'admin'", "15579"},
      {"SELECT pg_get_userbyid(datdba) FROM pg_database", "admin"},
      {"SELECT 't'::regclass::oid BETWEEN 26000 AND 27000", "t"},
  };
  for (const auto& test_case : cases) {
    EXPECT_EQ(Admin(test_case.sql), test_case.answer) << test_case.sql;
  }
}

// The dialect names views in the place of these.
TEST_F(ServerSchemaTest, VisibleCatalogsAreThoseOfTheDialect) {
  EXPECT_EQ(Internal("SELECT string_agg(catalog, ',' ORDER BY catalog)"
                     " FROM dsql_internal.visible_catalogs()"),
            absl::StrJoin(dsql::sql::VisibleCatalogs(), ","));
}

TEST_F(ServerSchemaTest, OnlyAdminMakesTablesInPublic) {
  Admin("CREATE ROLE r LOGIN; CREATE SCHEMA own; GRANT ALL ON SCHEMA own TO r");
  auto user = ConnectAs("r");
  EXPECT_EQ(Answer(user.get(), "CREATE TABLE t (i int)"),
            "42501: permission denied for schema public");
  EXPECT_EQ(Answer(user.get(), "CREATE TABLE own.t (i int)"), "");
  EXPECT_EQ(Admin("CREATE TABLE t (i int)"), "");
}

TEST_F(ServerSchemaTest, TablesHaveTheAccessMethodOfDsql) {
  EXPECT_EQ(Admin("CREATE TABLE p (id int PRIMARY KEY, v text);"
                  "CREATE TABLE c (id int REFERENCES p ON DELETE CASCADE);"
                  "SELECT amname FROM pg_class JOIN pg_am a ON a.oid = relam"
                  " WHERE relname = 'p'"),
            "btree_table");
  EXPECT_EQ(Admin("INSERT INTO p SELECT i, (SELECT string_agg(md5(j::text), '')"
                  " FROM generate_series(1, 9000) j)"
                  " FROM generate_series(1, 9) i; INSERT INTO c VALUES (1);"
                  "SELECT sum(length(v)) FROM p"),
            "2592000");
  EXPECT_EQ(Admin("UPDATE p SET v = v || 'y'; DELETE FROM p; ANALYZE p;"
                  "SELECT count(*) FROM c"),
            "0");
  Admin("BEGIN");
  EXPECT_EQ(Admin("SELECT * FROM dsql_internal.copy_tables('c')"),
            "public|c;public|p");
}

}  // namespace
}  // namespace dsql_testing
