// SPDX-License-Identifier: Apache-2.0

// What only some versions of PostgreSQL have: DSQL is 16, whatever the server.

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/binaries.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PostgresVersionsTest : public ClientTest {
 protected:
  void SetUp() override {
    ClientTest::SetUp();
    client_ = NewClient();
    auto binaries = dsql::postgres::FindBinaries();
    ASSERT_TRUE(binaries.ok()) << binaries.status();
    version_ = binaries->major_version;
    ASSERT_EQ(Ask("CREATE TABLE t (k int PRIMARY KEY, v int)"), "");
    ASSERT_EQ(Ask("INSERT INTO t SELECT i, 0 FROM generate_series(1, 3) i"),
              "");
  }

  // The first value, or the error.
  std::string Ask(const std::string& sql) {
    const Answer answer(PQexec(client_.get(), sql.c_str()));
    const char* const state =
        PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
    if (state != nullptr) {
      return absl::StrCat(
          state, " ",
          PQresultErrorField(answer.get(), PG_DIAG_MESSAGE_PRIMARY));
    }
    return PQntuples(answer.get()) == 0 ? "" : PQgetvalue(answer.get(), 0, 0);
  }

  Client client_;
  int version_ = 0;
};

TEST_F(PostgresVersionsTest, FormsOf16) {
  const struct {
    const char* sql;
    const char* answer;
  } kCases[] = {
      {"SELECT SYSTEM_USER IS NULL", "t"},
      {"SELECT JSON_OBJECT('a' VALUE 1, 'b' : NULL ABSENT ON NULL WITH UNIQUE "
       "KEYS RETURNING jsonb)",
       "{\"a\": 1}"},
      {"SELECT JSON_OBJECT()", "{}"},
      {"SELECT JSON_ARRAY(1, '[2]' FORMAT JSON, NULL NULL ON NULL)",
       "[1, [2], null]"},
      {"SELECT JSON_ARRAY(SELECT k FROM t ORDER BY k DESC RETURNING jsonb)",
       "[3, 2, 1]"},
      {"SELECT JSON_OBJECTAGG(k : v RETURNING jsonb) FILTER (WHERE k > 1) "
       "FROM t",
       "{\"2\": 0, \"3\": 0}"},
      {"SELECT JSON_ARRAYAGG(k ORDER BY k DESC RETURNING jsonb) FROM t",
       "[3, 2, 1]"},
      {"SELECT '{\"a\": 1}' IS JSON OBJECT WITH UNIQUE KEYS", "t"},
      {"SELECT '{' IS NOT JSON", "t"},
      {"SELECT sum(x) FROM (SELECT 1 AS x UNION ALL SELECT 2)", "3"},
      {"SELECT XMLSERIALIZE(CONTENT '<a/>' AS text NO INDENT)", "<a/>"},
      {"CREATE TABLE s (a text STORAGE plain, b numeric, c int STORAGE "
       "DEFAULT)",
       ""},
      {"UPDATE t SET v = x FROM (SELECT 7 AS x) WHERE k = 1 RETURNING v", "7"},
      {"SELECT v FROM t WHERE k = 1 AND '1' IS JSON FOR UPDATE", "7"},
  };
  for (const auto& test : kCases) {
    if (version_ >= 16) {
      EXPECT_EQ(Ask(test.sql), test.answer) << test.sql;
    } else {
      EXPECT_THAT(Ask(test.sql), StartsWith("0A000 ")) << test.sql;
      EXPECT_THAT(Ask(test.sql), HasSubstr(" needs PostgreSQL 16")) << test.sql;
    }
  }
}

TEST_F(PostgresVersionsTest, FormsOf16AreRewrittenAsOthersAre) {
  if (version_ < 16) GTEST_SKIP() << "has no STORAGE";
  ASSERT_EQ(Ask("CREATE TABLE s (a text STORAGE plain, b numeric)"), "");
  EXPECT_EQ(Ask("SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = 's'::regclass AND attname = 'b'"),
            "numeric(18,6)");
}

TEST_F(PostgresVersionsTest, RulesApplyToFormsOf16) {
  const struct {
    const char* sql;
    const char* error;
  } kCases[] = {
      {"CREATE TABLE s (a text STORAGE plain, b serial)",
       "42704 type \"serial\" does not exist"},
      {"SELECT JSON_OBJECT('a' VALUE pg_backend_pid())",
       "0A000 function pg_backend_pid not supported"},
      {"SELECT JSON_ARRAY(SELECT pg_backend_pid() RETURNING text)",
       "0A000 function pg_backend_pid not supported"},
      {"SELECT pg_backend_pid() IS JSON SCALAR",
       "0A000 function pg_backend_pid not supported"},
      {"SELECT * FROM (SELECT * FROM dsql_internal.jobs)",
       "42501 permission denied for schema dsql_internal"},
      {"CREATE MATERIALIZED VIEW m AS SELECT * FROM (SELECT 1)",
       "0A000 unsupported statement: CreateTableAs"},
  };
  for (const auto& test : kCases) EXPECT_EQ(Ask(test.sql), test.error);
}

TEST_F(PostgresVersionsTest, WhatOnly17HasIsRefused) {
  for (const char* sql :
       {"SELECT JSON_VALUE('{}', '$')", "SELECT JSON_QUERY('{}', '$')",
        "SELECT JSON_EXISTS('{}', '$')", "SELECT JSON_SCALAR(1)",
        "SELECT JSON_SERIALIZE('{}')"}) {
    EXPECT_THAT(Ask(sql), StartsWith("42883 ")) << sql;
  }
  for (const char* sql :
       {"SELECT JSON_VALUE('{}', '$' RETURNING int)",
        "SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a int PATH '$'))",
        "SELECT JSON('{}' WITH UNIQUE KEYS)",
        "MERGE INTO t USING t u ON t.k = u.k WHEN MATCHED THEN DELETE "
        "RETURNING t.k"}) {
    EXPECT_THAT(Ask(sql), StartsWith("42601 ")) << sql;
  }
}

}  // namespace
}  // namespace dsql_testing
