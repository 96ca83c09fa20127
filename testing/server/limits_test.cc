// SPDX-License-Identifier: Apache-2.0

// dsql/server_schema/limits.sql.

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/test_support.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

struct Case {
  const char* limit;
  int value;
  const char* allowed;
  const char* refused;
  const char* answer;
};

constexpr Case kCases[] = {
    {"schemas", 2, "CREATE SCHEMA a; CREATE SCHEMA b",
     "CREATE SCHEMA IF NOT EXISTS a", "54000: more than 2 schemas not allowed"},
    {"tables", 1, "CREATE TABLE a (i int)", "CREATE TABLE b (i int)",
     "54000: creating more than 1 tables not allowed"},
    {"tables", 1, "CREATE TABLE a (i int)",
     "CREATE SCHEMA s CREATE TABLE b (i int)",
     "54000: creating more than 1 tables not allowed"},
    {"views", 1,
     "CREATE VIEW a AS SELECT 1; CREATE OR REPLACE VIEW a AS SELECT 1",
     "CREATE VIEW b AS SELECT 1",
     "54000: creating more than 1 views not allowed"},
    {"view bytes", 300, "CREATE VIEW a AS SELECT 1",
     "CREATE VIEW b AS SELECT 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10",
     "54000: view definition too large"},
    {"view bytes", 300, "CREATE VIEW a AS SELECT repeat('x', 1000)",
     "CREATE VIEW b AS SELECT 'a literal of more than three hundred bytes "
     "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "
     "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "
     "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789'",
     "54000: view definition too large"},
    {"sequences", 1, "CREATE SEQUENCE a", "CREATE SEQUENCE b",
     "54000: creating more than 1 sequences is not allowed"},
    {"columns", 2, "CREATE TABLE a (i int); ALTER TABLE a ADD j int",
     "ALTER TABLE a ADD k int", "54011: tables can have at most 1 columns"},
    {"columns", 2, "CREATE TABLE a (i int)",
     "CREATE TABLE b (i int, j int, k int)",
     "54011: tables can have at most 1 columns"},
    {"columns", 2, "CREATE TABLE a (i int PRIMARY KEY, j int)",
     "ALTER TABLE a ADD k int",
     "54011: cannot use more than 2 columns in an index"},
    {"columns", 2, "CREATE TABLE a (i int, j int UNIQUE)",
     "CREATE TABLE b (i int, j int, k int, PRIMARY KEY (i))",
     "54011: cannot use more than 2 columns in an index"},
    {"indexes", 2, "CREATE TABLE a (i int PRIMARY KEY, j int UNIQUE)",
     "CREATE INDEX ON a (j)",
     "54000: more than 2 indexes per table are not allowed"},
    {"key columns", 2, "CREATE TABLE a (i int, j int, PRIMARY KEY (i, j))",
     "CREATE TABLE b (i int, j int, k int, PRIMARY KEY (i, j, k))",
     "54011: more than 2 column keys in an index are not supported"},
    {"statistics", 1,
     "CREATE TABLE a (i int, j int); CREATE STATISTICS x ON i, j FROM a",
     "CREATE STATISTICS y ON i, j FROM a",
     "54000: more than 1 extended statistics per table are not allowed"},
};

// Puts `value` in the place of this limit, which is far off, and of all others
// one that is not reached.
std::string SetLimit(const std::string& limit, int value) {
  return absl::StrCat(
      "CREATE OR REPLACE FUNCTION dsql_internal.limit_of(limited text)"
      " RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE"
      " RETURN CASE limited WHEN '",
      limit, "' THEN ", value, " ELSE 1000000 END");
}

TEST_F(ServerSchemaTest, Limits) {
  for (const Case& test_case : kCases) {
    SCOPED_TRACE(test_case.refused);
    EXPECT_EQ(Internal(SetLimit(test_case.limit, test_case.value)), "");
    Admin("BEGIN");
    EXPECT_EQ(Admin(test_case.allowed), "");
    EXPECT_EQ(Admin(test_case.refused), test_case.answer);
    Admin("ROLLBACK");
  }
}

// By the texts that are known to pass and to fail on DSQL.
TEST_F(ServerSchemaTest, LongViews) {
  const auto repeated = [](int bytes, const std::string& part) {
    std::string text;
    while (text.size() < static_cast<size_t>(bytes)) text += part;
    return text;
  };
  Admin("CREATE TABLE a (i int)");
  const char refused[] = "54000: view definition too large";
  const auto ask = [this](const std::string& query) {
    Admin("DROP VIEW IF EXISTS v");
    return Admin(absl::StrCat("CREATE VIEW v AS ", query));
  };
  const auto literal = [&](int bytes) {
    return absl::StrCat("SELECT '", repeated(bytes, "x"), "'");
  };
  EXPECT_EQ(ask(literal(523 * 1000)), "");
  EXPECT_EQ(ask(literal(525 * 1024)), refused);
  const auto any = [&](int bytes) {
    return absl::StrCat("SELECT FROM a WHERE ", repeated(bytes, "i = 1234 OR "),
                        "i = 1");
  };
  EXPECT_EQ(ask(any(120 * 1024)), "");
  EXPECT_EQ(ask(any(135 * 1024)), refused);
}

TEST_F(ServerSchemaTest, TypesOfKeys) {
  const struct {
    const char* type;
    bool allowed;
  } cases[] = {
      {"smallint", true},
      {"integer", true},
      {"bigint", true},
      {"real", true},
      {"double precision", true},
      {"numeric(5,2)", true},
      {"boolean", true},
      {"uuid", true},
      {"date", true},
      {"time", true},
      {"timestamp", true},
      {"timestamptz", true},
      {"char(3)", true},
      {"varchar(3)", true},
      {"text", true},
      {"d", true},
      {"bytea", false},
      {"jsonb", false},
      {"timetz", false},
      {"interval", false},
  };
  Admin("CREATE DOMAIN d AS text CHECK (value <> '')");
  for (const auto& test_case : cases) {
    const std::string answer = Admin(
        absl::StrCat("CREATE TABLE t (k ", test_case.type, " PRIMARY KEY)"));
    EXPECT_EQ(answer.empty(), test_case.allowed) << test_case.type << answer;
    Admin("DROP TABLE IF EXISTS t");
  }
  EXPECT_EQ(Admin("CREATE TABLE t (k bytea PRIMARY KEY)"),
            "0A000: datatype bytea is not supported in a key");
  Admin("CREATE DOMAIN e AS interval");
  EXPECT_EQ(Admin("CREATE TABLE t (k e UNIQUE)"),
            "0A000: datatype e is not supported in a key");
}

TEST_F(ServerSchemaTest, ThePrivateCopyDoesNotCount) {
  Admin("CREATE TABLE a (i int PRIMARY KEY)");
  EXPECT_EQ(Internal(SetLimit("tables", 1)), "");
  Admin("BEGIN");
  EXPECT_EQ(Admin("SELECT * FROM dsql_internal.copy_tables('a')"), "public|a");
}

}  // namespace
}  // namespace dsql_testing
