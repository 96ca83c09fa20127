// SPDX-License-Identifier: Apache-2.0

// Pipelines and Queries of several statements, where DSQL has rules of its own.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr char kInsert[] = "INSERT INTO t VALUES (50, 1)";

class PipelineTest : public WireTest {
 protected:
  std::string Rows() { return Value("SELECT count(*) FROM t"); }
  std::string TableOf(const std::string& name) {
    return Value(absl::StrCat("SELECT to_regclass('", name, "') IS NULL"));
  }
};

// Who fails is the one that is told to fail.
TEST_F(PipelineTest, AnInsertBeforeARefusedStatement) {
  EXPECT_EQ(a().Ask(Request().Sql(kInsert).Sql("TRUNCATE t").Sync()),
            "1 2 C[INSERT 0 1] E[0A000] Z[I]");
  EXPECT_EQ(Rows(), "9");
}

TEST_F(PipelineTest, AnInsertBeforeDdl) {
  EXPECT_EQ(
      a().Ask(Request().Sql(kInsert).Sql("CREATE TABLE x (i int)").Sync()),
      "1 2 C[INSERT 0 1] 1 2 E[0A000] Z[I]");
  EXPECT_EQ(Rows(), "9");
  EXPECT_EQ(TableOf("x"), "t");
}

TEST_F(PipelineTest, DdlBeforeAnInsert) {
  EXPECT_EQ(
      a().Ask(Request().Sql("CREATE TABLE x (i int)").Sql(kInsert).Sync()),
      "1 2 C[CREATE TABLE] 1 2 E[0A000] Z[I]");
  EXPECT_EQ(Rows(), "9");
  EXPECT_EQ(TableOf("x"), "t");
}

TEST_F(PipelineTest, TwoDdls) {
  EXPECT_EQ(a().Ask(Request()
                        .Sql("CREATE TABLE x (i int)")
                        .Sql("CREATE TABLE y (i int)")
                        .Sync()),
            "1 2 C[CREATE TABLE] 1 2 E[0A000] Z[I]");
  EXPECT_EQ(TableOf("x"), "t");
  EXPECT_EQ(TableOf("y"), "t");
}

// What stands for it may have a row, that the client is shown or not.
TEST_F(PipelineTest, ARowLimitDoesNotSuspendDdl) {
  EXPECT_THAT(
      a().Ask(Request()
                  .Parse("", "CREATE INDEX ASYNC i ON t (v)")
                  .Bind("", "")
                  .Execute("", 1)
                  .Sync()),
      MatchesRegex("1 2 D\\([a-z0-9]+\\) C\\[CREATE INDEX\\] Z\\[I\\]"));
  Run("CREATE ROLE r LOGIN");
  EXPECT_EQ(a().Ask(Request()
                        .Parse("",
                               "AWS IAM GRANT r TO "
                               "'arn:aws:iam::000000000000:role/x'")
                        .Bind("", "")
                        .Execute("", 1)
                        .Sync()),
            "1 2 C[AWS IAM GRANT] Z[I]");
}

TEST_F(PipelineTest, DdlAfterASync) {
  EXPECT_EQ(
      a().Ask(
          Request().Sql(kInsert).Sync().Sql("CREATE TABLE x (i int)").Sync()),
      "1 2 C[INSERT 0 1] Z[I] 1 2 C[CREATE TABLE] Z[I]");
}

TEST_F(PipelineTest, InABlock) {
  EXPECT_EQ(
      a().Ask(Request().Sql("BEGIN").Sql(kInsert).Sql("TRUNCATE t").Sync()),
      "1 2 C[BEGIN] 1 2 C[INSERT 0 1] E[0A000] Z[E]");
  EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(Rows(), "9");
}

TEST_F(PipelineTest, TheRefusedOneInAQuery) {
  EXPECT_EQ(a().Query(absl::StrCat(kInsert, "; TRUNCATE t")),
            "C[INSERT 0 1] E[0A000] Z[I]");
  EXPECT_EQ(Rows(), "9");
  EXPECT_EQ(a().Query(absl::StrCat("BEGIN; ", kInsert, "; TRUNCATE t")),
            "C[BEGIN] C[INSERT 0 1] E[0A000] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
}

// All is 25P02 there, what DSQL refuses as well.
TEST_F(PipelineTest, InAnAbortedBlock) {
  for (const char* sql :
       {"TRUNCATE t", "SAVEPOINT s", "CREATE EXTENSION x", "LISTEN x",
        "CREATE DATABASE x", "VACUUM", "LOCK TABLE t", "SET lock_timeout = 1",
        "CREATE INDEX i ON t (v)", "CREATE TABLE x AS SELECT 1",
        "ALTER TABLE t ALTER COLUMN v TYPE bigint", "DO $$ BEGIN END $$",
        "SELECT pg_advisory_lock(1)", "CREATE TABLE x (i int)", kInsert}) {
    SCOPED_TRACE(sql);
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query("SELECT 1/0"), "E[22012] Z[E]");
    EXPECT_EQ(a().Query(sql), "E[25P02] Z[E]");
    EXPECT_EQ(a().Ask(Request().Sql(sql).Sync()), "E[25P02] Z[E]");
    EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  }
}

TEST_F(PipelineTest, CommitAndTerminateWithoutASync) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query(kInsert), "C[INSERT 0 1] Z[T]");
  a().Send(Request().Sql("COMMIT").Terminate());
  a().ReadToEnd();
  EXPECT_EQ(Rows(), "10");
}

TEST_F(PipelineTest, AnInsertAndTerminateWithoutASync) {
  a().Send(Request().Sql(kInsert).Terminate());
  a().ReadToEnd();
  EXPECT_EQ(Rows(), "9");
}

TEST_F(PipelineTest, AWholeBlockAndTerminateWithoutASync) {
  a().Send(Request().Sql("BEGIN").Sql(kInsert).Sql("COMMIT").Terminate());
  a().ReadToEnd();
  EXPECT_EQ(Rows(), "10");
}

// A conflict is told where it would be: by COMMIT, and what comes after is
// skipped.
TEST_F(PipelineTest, ACommitThatLosesInAPipeline) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Ask(Request()
                        .Sql("UPDATE t SET v = 2 WHERE k = 1")
                        .Sql("COMMIT")
                        .Sql(kInsert)
                        .Sync()
                        .Sql("SELECT v FROM t WHERE k = 1")
                        .Sync()),
            "1 2 C[UPDATE 1] 1 2 E[40001] Z[I] 1 2 D(1) C[SELECT 1] Z[I]");
  EXPECT_EQ(Rows(), "9");
}

TEST_F(PipelineTest, ABlockBegunInTheMiddleLosesAsAWhole) {
  EXPECT_EQ(a().Ask(Request()
                        .Sql("UPDATE t SET v = 1 WHERE k = 1")
                        .Sql("BEGIN")
                        .Sql(kInsert)
                        .Sync()),
            "1 2 C[UPDATE 1] 1 2 C[BEGIN] 1 2 C[INSERT 0 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
  EXPECT_EQ(Value("SELECT count(*) || ',' || sum(v) FROM t"), "9,2");
}

// As SET is: the name is none that the text tells.
TEST_F(PipelineTest, SetConfigOfANameThatOnlyTheServerKnows) {
  constexpr char kRefusal[] =
      "E[0A000 M=setting configuration parameter \"statement_timeout\" not "
      "supported";
  EXPECT_THAT(Message(&a(), "SET statement_timeout = 1"), StartsWith(kRefusal));
  for (const char* sql :
       {"SELECT set_config('statement_timeout', '1', false)",
        "SELECT set_config('statement_' || 'timeout', '1', false)",
        "SELECT set_config(n, '1', k = 1) FROM t, "
        "(VALUES ('statement_timeout')) AS v (n) WHERE k = 1"}) {
    SCOPED_TRACE(sql);
    EXPECT_THAT(Message(&a(), sql), HasSubstr(kRefusal));
    EXPECT_THAT(a().Ask(Request().Sql(sql).Sync(), TraceDetail::kFull),
                HasSubstr(kRefusal));
  }
  const Request by_parameter =
      Request().Sql("SELECT set_config($1, '1', false)", {"statement_timeout"});
  EXPECT_THAT(a().Ask(Request(by_parameter).Sync(), TraceDetail::kFull),
              StartsWith(absl::StrCat("1 2 ", kRefusal)));
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Ask(Request(by_parameter).Sync()), "1 2 E[0A000] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Query("SHOW statement_timeout"), "T D(0) C[SHOW] Z[I]");
}

// OIDs of pg_proc.dat.
TEST_F(PipelineTest, FunctionsAreNotCalledByOid) {
  struct Function {
    int oid;
    std::string name;
    std::vector<std::string> arguments;
  };
  for (const Function& function :
       {Function{2880, "pg_advisory_lock", {"1"}},
        Function{2078, "set_config", {"work_mem", "1MB", "f"}}}) {
    EXPECT_THAT(
        a().Ask(Request().FunctionCall(function.oid, function.arguments),
                TraceDetail::kFull),
        MatchesRegex(absl::StrCat("E.0A000 M=function ", function.name,
                                  " not supported.* Z.I.")));
  }
  EXPECT_THAT(a().Ask(Request().FunctionCall(999999, {})),
              MatchesRegex("E.[0-9A-Z]+. Z.I."));
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Ask(Request().FunctionCall(2880, {"1"})), "E[0A000] Z[E]");
  EXPECT_EQ(a().Ask(Request().FunctionCall(2880, {"1"})), "E[25P02] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(Value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
            "0");
}

// Functions of a user, named as PostgreSQL's own and fitting calls better.
TEST_F(PipelineTest, UsersFunctionsDisturbNothing) {
  for (const char* sql :
       {"CREATE FUNCTION array_to_string(regclass[], text) RETURNS text "
        "LANGUAGE sql AS 'SELECT ''mine'''",
        "CREATE FUNCTION unnest(integer[]) RETURNS SETOF integer "
        "LANGUAGE sql AS 'SELECT 1 WHERE false'",
        "CREATE FUNCTION format(text, name) RETURNS text "
        "LANGUAGE sql AS 'SELECT ''mine'''",
        "CREATE FUNCTION min(integer) RETURNS integer "
        "LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION to_regclass(name) RETURNS regclass "
        "LANGUAGE sql AS 'SELECT NULL::regclass'"}) {
    EXPECT_THAT(a().Query(sql), EndsWith("Z[I]")) << sql;
  }
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Query("SELECT k FROM t WHERE k = 2 FOR UPDATE"),
            "T D(2) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

}  // namespace
}  // namespace dsql_testing
