// SPDX-License-Identifier: Apache-2.0

// What clients see of the catalogs: theirs, and nothing of this library's.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"

namespace dsql_testing {
namespace {

class CatalogsTest : public ClientTest {
 protected:
  void SetUp() override {
    ClientTest::SetUp();
    Run("CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE)");
  }

  // Rows with ';', columns with '|' between them; the message of an error.
  std::string Answer(const std::string& sql) {
    const Client client = NewClient();
    const dsql_testing::Answer answer(PQexec(client.get(), sql.c_str()));
    if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK)
      return PQresultErrorMessage(answer.get());
    std::vector<std::string> rows;
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
      std::string text;
      for (int column = 0; column < PQnfields(answer.get()); ++column) {
        absl::StrAppend(&text, column > 0 ? "|" : "",
                        PQgetvalue(answer.get(), row, column));
      }
      rows.push_back(text);
    }
    return absl::StrJoin(rows, ";");
  }
};

// In all that may be read, but for texts: definitions of what is in sys, and
// what PostgreSQL says of its memory.
TEST_F(CatalogsTest, NothingHasOurNames) {
  const std::string all = Value(
      "SELECT string_agg(format('%I.%I', nspname, relname), ' ')"
      " FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
      " WHERE nspname IN ('pg_catalog', 'information_schema', 'sys')"
      " AND relkind IN ('r', 'v') AND relname !~ 'memory|numa'"
      " AND has_table_privilege(c.oid, 'SELECT')");
  const std::vector<std::string> relations = absl::StrSplit(all, ' ');
  EXPECT_GT(relations.size(), 150u);
  std::string found;
  for (const std::string& relation : relations) {
    const std::string count = Value(absl::StrCat(
        "SELECT count(*) FROM ", relation,
        " r WHERE ((to_jsonb(r) - 'definition' - 'view_definition'"
        " - 'routine_definition' - 'prosrc' - 'prosqlbody' - 'ev_action'"
        " - 'query')::text) ~ 'dsql_(?!major)|submit_index'"));
    if (count != "0") absl::StrAppend(&found, relation, " ", count, "; ");
  }
  EXPECT_EQ(found, "");
}

TEST_F(CatalogsTest, Answers) {
  const struct {
    const char* sql;
    const char* answer;
  } kCases[] = {
      // What psql's \dn, \dy, \du, \dF and \dx ask.
      {"SELECT n.nspname FROM pg_catalog.pg_namespace n"
       " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
       " ORDER BY 1",
       "public;sys"},
      {"SELECT evtname FROM pg_catalog.pg_event_trigger e", ""},
      {"SELECT r.rolname FROM pg_catalog.pg_roles r"
       " WHERE r.rolname !~ '^pg_' ORDER BY 1",
       "admin"},
      {"SELECT usename FROM pg_user ORDER BY 1", "admin"},
      {"SELECT cfgname FROM pg_catalog.pg_ts_config c", "simple"},
      {"SELECT name FROM pg_available_extensions", "plpgsql"},
      {"SELECT DISTINCT name FROM pg_available_extension_versions", "plpgsql"},
      // SQLTables() of psqlODBC, QSqlDatabase::tables(), and pgjdbc.
      {"select relname, nspname, relkind from pg_catalog.pg_class c, "
       "pg_catalog.pg_namespace n where relkind in ('r', 'v', 'm', 'f', 'p') "
       "and nspname not in ('pg_catalog', 'information_schema', 'pg_toast', "
       "'pg_temp_1') and n.oid = relnamespace order by nspname, relname",
       "t|public|r;iam_pg_role_mappings|sys|v;jobs|sys|v"},
      {"select pg_class.relname, pg_namespace.nspname from pg_class left join "
       "pg_namespace on (pg_class.relnamespace = pg_namespace.oid) where "
       "(pg_class.relkind = 'r') and (pg_class.relname !~ '^Inv') and "
       "(pg_class.relname !~ '^pg_') and (pg_namespace.nspname != "
       "'information_schema')",
       "t|public"},
      {"SELECT table_schema, table_name FROM information_schema.tables"
       " WHERE table_schema !~ '^(pg_catalog|information_schema)$'"
       " ORDER BY 1, 2",
       "public|t;sys|iam_pg_role_mappings;sys|jobs"},
      {"SELECT DISTINCT table_schema FROM information_schema.columns ORDER BY "
       "1",
       "information_schema;pg_catalog;public;sys"},
      {"SELECT DISTINCT routine_schema FROM information_schema.routines"
       " ORDER BY 1",
       "information_schema;pg_catalog;sys"},
      {"SELECT DISTINCT usename FROM pg_stat_activity"
       " WHERE usename IS NOT NULL",
       "admin"},
      // Access methods.
      {"SELECT relname, amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
       " WHERE c.relname IN ('t', 't_pkey') ORDER BY 1",
       "t|btree_table;t_pkey|btree_index"},
      {"SELECT count(*) FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
       " WHERE amname = 'btree' AND c.oid >= 16384",
       "0"},
      // Numbers, system columns and whole rows are the catalogs'.
      {"SELECT classoid FROM pg_description WHERE objoid = 'pg_class'::regclass"
       " AND classoid = 'pg_class'::regclass",
       ""},
      {"SELECT c.tableoid::regclass, xmin IS NULL FROM pg_catalog.pg_class c"
       " WHERE c.oid = 't'::regclass",
       "pg_class|f"},
      {"SELECT pg_class.tableoid = 'pg_class'::regclass FROM pg_class"
       " WHERE oid = 't'::regclass",
       "t"},
      {"SELECT (c).relname FROM pg_class c WHERE oid = 't'::regclass", "t"},
      {"SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class"
       " WHERE pg_catalog.pg_class.oid = 't'::regclass",
       "t"},
      {"SELECT nope FROM pg_class",
       "ERROR:  column \"nope\" does not exist\n"
       "LINE 1: SELECT nope FROM pg_class\n"
       "               ^\n"},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(Answer(test.sql), test.answer) << test.sql;
}

TEST_F(CatalogsTest, EveryColumnIsThere) {
  for (const std::string catalog :
       {"pg_attribute", "pg_class", "pg_namespace", "pg_proc", "pg_type"}) {
    EXPECT_EQ(
        Value(absl::StrCat("SELECT count(*) FROM pg_attribute WHERE attnum > 0"
                           " AND attrelid = '",
                           catalog, "'::regclass")),
        Value(absl::StrCat("SELECT count(*) FROM (SELECT jsonb_object_"
                           "keys(to_jsonb(r)) FROM (SELECT * FROM ",
                           catalog, " LIMIT 1) r) k")))
        << catalog;
  }
}

TEST_F(CatalogsTest, TheCatalogsIndexesAreUsed) {
  const std::string plan = Answer(
      "EXPLAIN (COSTS OFF) SELECT a.attname FROM pg_class c"
      " JOIN pg_attribute a ON a.attrelid = c.oid"
      " WHERE c.oid = 't'::regclass AND attnum = 1");
  EXPECT_NE(plan.find("pg_class_oid_index"), std::string::npos) << plan;
  EXPECT_NE(plan.find("pg_attribute_relid_attnum_index"), std::string::npos)
      << plan;
}

}  // namespace
}  // namespace dsql_testing
