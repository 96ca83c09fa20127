// SPDX-License-Identifier: Apache-2.0

// Scripts that PostgreSQL and a cluster answer alike, message by message.

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/plain_server.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

constexpr char kFive[] = "SELECT i FROM generate_series(1, 5) AS s(i)";
constexpr char kSetUp[] =
    "DROP TABLE IF EXISTS child, t; "
    "CREATE TABLE t (k int PRIMARY KEY, v int); "
    "INSERT INTO t SELECT i, 0 FROM generate_series(1, 9) i";
// A key of which only COMMIT looks whether it is there.
constexpr char kChild[] =
    "CREATE TABLE child (i int PRIMARY KEY, k int REFERENCES t "
    "DEFERRABLE INITIALLY DEFERRED)";

// Each request is answered before the next is sent. At the end the table is
// read.
struct Script {
  const char* name;
  std::vector<Request> requests;
};

void PrintTo(const Script& script, std::ostream* out) { *out << script.name; }

class SameAsPostgresTest : public WireTest,
                           public ::testing::WithParamInterface<Script> {
 protected:
  static void TearDownTestSuite() { StopPlainServer(); }

  void SetUp() override {
    WireTest::SetUp();
    Run(kChild);
    // They know of it.
    a_ = NewSession();
    b_ = NewSession();
  }
};

TEST_P(SameAsPostgresTest, MessageByMessage) {
  const auto plain = NewPlainSession();
  plain->Query(kSetUp);
  plain->Query(kChild);
  const std::string sum = "SELECT count(*), sum(v) FROM t";
  int step = 0;
  for (const Request& request : GetParam().requests) {
    const std::string expected = plain->Ask(request, TraceDetail::kFull);
    EXPECT_EQ(a().Ask(request, TraceDetail::kFull), expected)
        << "in request " << step;
    ++step;
  }
  EXPECT_EQ(a().Query(sum), plain->Query(sum));
  EXPECT_EQ(b().Query(sum), NewPlainSession()->Query(sum));
}

// As in PostgreSQL 16; 18 leaves the transaction open.
using QueryBehindFlushTest = WireTest;

TEST_F(QueryBehindFlushTest, CommitsWhatStandsBeforeIt) {
  Run(kChild);
  const std::string insert = "INSERT INTO child VALUES (1, 99)";
  EXPECT_EQ(a().Ask(Request().Sql(insert).Flush().Query("SELECT 1")),
            "1 2 C[INSERT 0 1] T D(1) E[23503] Z[I]");
  EXPECT_EQ(b().Query("SELECT count(*) FROM child"), "T D(0) C[SELECT 1] Z[I]");
}

Request Q(const std::string& sql) { return Request().Query(sql); }
std::string Insert(int k) {
  return "INSERT INTO t VALUES (" + std::to_string(k) + ", 1)";
}

std::string InsertChild(int k) {
  return "INSERT INTO child VALUES (1, " + std::to_string(k) + ")";
}

std::vector<Script> Queries() {
  return {
      {"ParametersOfNobody",
       {Q("INSERT INTO t VALUES ($1, 1)"),
        Q(Insert(50) + "; INSERT INTO t VALUES ($1, 1)"),
        Q("SELECT 1; SELECT '$2', $1"),
        Q("BEGIN; " + Insert(50) +
          "; UPDATE t SET v = length('é') WHERE k = $2"),
        Q("ROLLBACK"),
        Q("BEGIN; " + Insert(50) + "; SELECT /* $1 */ 'é', $2::int"),
        Q("ROLLBACK")}},
      {"DeferredConstraints",
       {Q(InsertChild(99)), Q(InsertChild(99) + "; SELECT 1"),
        Q("SELECT 1; " + InsertChild(99)),
        Q("SELECT 1; " + InsertChild(99) + " RETURNING k"),
        Q("BEGIN; " + InsertChild(99) + "; COMMIT; SELECT 2"),
        Q(InsertChild(99) + "; COMMIT; SELECT 2"), Q(InsertChild(1)),
        Q("DELETE FROM t"), Q("DELETE FROM t; DELETE FROM child; SELECT 1")}},
      {"BeginInTheMiddle",
       {Q(Insert(50) + "; BEGIN; " + Insert(51) + "; ROLLBACK")}},
      {"BeginInTheMiddleStaysOpen",
       {Q(Insert(50) + "; BEGIN; " + Insert(51)), Q("ROLLBACK")}},
      {"BeginInTheMiddleCommits",
       {Q(Insert(50) + "; BEGIN; " + Insert(51) + "; COMMIT; SELECT 1/0")}},
      {"CommitInTheMiddle",
       {Q(Insert(50) + "; COMMIT; " + Insert(51) + "; SELECT 1/0")}},
      {"RollbackInTheMiddle", {Q(Insert(50) + "; ROLLBACK; " + Insert(51))}},
      {"CommitOfABlockThenFailure",
       {Q("BEGIN"), Q(Insert(50) + "; COMMIT; " + Insert(51) + "; " +
                      Insert(1) + "; " + Insert(52))}},
      {"CommitAndBegin",
       {Q("BEGIN; " + Insert(50) + "; COMMIT; BEGIN; " + Insert(51)),
        Q("ROLLBACK")}},
      {"BeginTwice", {Q("BEGIN"), Q("BEGIN"), Q(Insert(50)), Q("COMMIT")}},
      {"CommitOfNothing", {Q("COMMIT"), Q("ROLLBACK"), Q("END"), Q("ABORT")}},
      {"ImplicitRollsBackAsAWhole",
       {Q(Insert(50) + "; " + Insert(51) + "; " + Insert(1))}},
      {"Empty", {Q(""), Q(";"), Q(";;"), Q("-- nothing"), Q("BEGIN;;COMMIT")}},
      {"ErrorPositions",
       {Q("SELECT 1; SELECT nothing"), Q("SELECT 'é'; SELECT nothing FROM t"),
        Q("  SELECT k FROM t;\n INSERT INTO nowhere VALUES (1)"),
        Q("SELECT 1; SELEC 2"), Q("BEGIN; SELECT 1; SELECT nothing"),
        Q("ROLLBACK"), Q("UPDATE t SET nothing = 1"),
        Q("UPDATE t SET v = 1; UPDATE t SET nothing = 1")}},
      // The server is sent another text for what reads pg_class.
      {"ErrorPositionsInOtherTexts",
       {Q("SELECT 1; SELECT nothing FROM pg_class"),
        Q("SELECT 1 FROM pg_class LIMIT 1; SELECT nothing"),
        Q("  /* é */ SELECT 'é' FROM pg_class LIMIT 1 ;\n -- é\n SELECT "
          "nothing"),
        Q("SELECT 1;; SELECT 2 ; SELECT t.k, nothing FROM t, pg_class"),
        Q(" SELECT 1; SELECT nothing; LISTEN x"),
        Q("BEGIN; SELECT 1 FROM pg_class LIMIT 1; SELECT nothing"),
        Q("ROLLBACK"), Q("  SELECT nothing FROM pg_class; SELECT 1")}},
      {"FailedBlock",
       {Q("BEGIN; SELECT 1/0"), Q("SELECT 1"), Q(Insert(50)), Q(""),
        Q("COMMIT"), Q("SELECT 1")}},
      {"RowsAndTags",
       {Q("UPDATE t SET v = v + 1 WHERE k < 4 RETURNING k, v"),
        Q("DELETE FROM t WHERE k = 1 RETURNING *"),
        Q("INSERT INTO t VALUES (50, NULL), (51, 1) RETURNING k, v"),
        Q("SELECT 1; SELECT 2; " + Insert(52) + "; SELECT count(*) FROM t")}},
  };
}

std::vector<Script> Pipelines() {
  return {
      {"PipelineBeginInTheMiddle",
       {Request().Sql(Insert(50)).Sql("BEGIN").Sql(Insert(51)).Sync(),
        Q("ROLLBACK")}},
      {"PipelineBeginLast",
       {Request().Sql(Insert(50)).Sql("BEGIN").Sync(), Q(Insert(51)),
        Q("ROLLBACK")}},
      {"PipelineCommitInTheMiddle",
       {Request()
            .Sql(Insert(50))
            .Sql("COMMIT")
            .Sql(Insert(51))
            .Sql("SELECT 1/0")
            .Sync()}},
      {"PipelineCommitOfABlock",
       {Q("BEGIN"), Request()
                        .Sql(Insert(50))
                        .Sql("COMMIT")
                        .Sql(Insert(51))
                        .Sql(Insert(1))
                        .Sync()}},
      {"PipelineOfBlocks",
       {Request()
            .Sql("BEGIN")
            .Sql(Insert(50))
            .Sql("COMMIT")
            .Sql("BEGIN")
            .Sql(Insert(51))
            .Sql("ROLLBACK")
            .Sync()}},
      {"PipelineFailsAsAWhole",
       {Request().Sql(Insert(50)).Sql(Insert(1)).Sql(Insert(51)).Sync()}},
      {"WhatFollowsFails",
       {Request().Sql(Insert(50)).DescribeStatement("nowhere").Sync(),
        Request().Sql(Insert(51)).Bind("p", "nowhere").Sync(),
        Request().Sql(Insert(52)).Parse("s", "SELEC").Sync(),
        Request()
            .Sql("UPDATE t SET v = 1 WHERE k = 1")
            .Malformed('D', "")
            .Sync(),
        Request().Sql(Insert(53)).Close('S', "nowhere").Sync(),
        Request().Sql(Insert(54)).DescribeStatement("").Sync(),
        Q("SELECT k, v FROM t ORDER BY k")}},
      {"SyncsBetween",
       {Request()
            .Sql(Insert(50))
            .Sync()
            .Sql(Insert(1))
            .Sync()
            .Sql(Insert(51))
            .Sync()}},
      {"PreparedPositions",
       {Request().Parse("s", "SELECT k FROM t WHERE nothing = 1").Sync(),
        Request().Sql("UPDATE t SET nothing = 1").Sync(),
        Request().Sql(Insert(50)).Sql("SELECT nothing").Sync(),
        Request().Sql("BEGIN").Sql("UPDATE nowhere SET v = 1").Sync(),
        Q("ROLLBACK")}},
      {"Describe",
       {Request()
            .Parse("s", "UPDATE t SET v = $1 WHERE k = $2 RETURNING k, v")
            .DescribeStatement("s")
            .Bind("", "s", {"7", "1"})
            .DescribePortal("")
            .Execute("")
            .Sync(),
        Request().Parse("e", "").DescribeStatement("e").Run("e").Sync(),
        Request().DescribeStatement("nowhere").Sync(),
        Request().DescribePortal("nowhere").Sync()}},
      {"DeferredConstraintsInPipelines",
       {Request().Sql(InsertChild(99)).Sync(),
        Request().Sql(InsertChild(99)).Sql("SELECT 1").Sync(),
        Request().Sql(InsertChild(99)).Sql("COMMIT").Sql("SELECT 1").Sync()}},
      {"MalformedMessages",
       {Request().Malformed('P', "ab").Sync(),
        Request().Malformed('P', absl::string_view("\0SELECT 1\0", 10)).Sync(),
        Request()
            .Malformed('P', absl::string_view("\0SELECT 1\0\0\0x", 13))
            .Sync(),
        Request().Malformed('B', "x").Sync(),
        Request().Malformed('D', absl::string_view("X\0", 2)).Sync(),
        Request().Malformed('C', absl::string_view("X\0", 2)).Sync(),
        Request().Malformed('D', "").Sync(),
        Request().Malformed('E', absl::string_view("\0\0", 2)).Sync(),
        Request().Malformed('H', "x").Sync(), Request().Malformed('Q', "x"),
        Request().Malformed('Q', absl::string_view("SELECT 1\0x", 10)),
        Request().Malformed('F', "x"),
        Request().Sql(Insert(50)).Malformed('D', "X").Sql(Insert(51)).Sync(),
        Q("BEGIN"), Q(Insert(50)), Request().Malformed('E', "").Sync(),
        Request().Malformed('E', "").Sync(), Request().Malformed('Q', ""),
        Q("ROLLBACK")}},
      {"SeveralStatementsInAParse",
       {Request().Sql("SELECT 1; SELECT 2").Sync()}},
      {"NamesTaken",
       {Request().Parse("s", "SELECT 1").Parse("s", "SELECT 2").Sync(),
        Request().Run("s").Sync(), Request().Run("nowhere").Sync(),
        Request().Close('S', "s").Parse("s", "SELECT 2").Run("s").Sync(),
        Q("DEALLOCATE ALL"), Request().Parse("s", "SELECT 4").Run("s").Sync()}},
  };
}

std::vector<Script> Portals() {
  return {
      {"PortalsOfAFailedBlock",
       {Q("BEGIN"), Q(Insert(50)),
        Request().Parse("s", kFive).Bind("p", "s").Execute("p", 1).Sync(),
        Request().Sql("SELECT 1/0").Sync(), Request().Execute("p", 1).Sync(),
        Request().DescribePortal("p").Sync(),
        Request().Execute("nowhere").Sync(), Q("ROLLBACK"),
        Request().Execute("p", 1).Sync()}},
      {"PortalsOfAnImplicitTransaction",
       {Request()
            .Parse("", kFive)
            .Bind("p", "")
            .Execute("p", 2)
            .Flush()
            .Execute("p", 2)
            .Flush()
            .Sync(),
        Request().Execute("p", 1).Sync()}},
      {"PortalsOverWrites",
       {Q("BEGIN"),
        Request().Parse("s", kFive).Bind("p", "s").Execute("p", 1).Sync(),
        Q(Insert(50)), Request().Execute("p", 1).Sync(),
        Request().Bind("q", "s").Sync(), Q(Insert(51)),
        Request().Execute("q", 2).Execute("p", 9).Sync(), Q("COMMIT"),
        Request().Execute("q", 1).Sync()}},
      {"PortalsOfReturning",
       {Q("BEGIN"),
        Request()
            .Parse("s", "UPDATE t SET v = v + 1 RETURNING k")
            .Bind("p", "s")
            .Execute("p", 2)
            .Flush()
            .Execute("p", 3)
            .Sync(),
        Request().Execute("p").Close('P', "p").Sync(), Q("COMMIT")}},
      {"Settings",
       {Q("SET timezone = 'Asia/Tokyo'"), Q("SHOW timezone"),
        Q("BEGIN; SET datestyle = 'German'"), Q("ROLLBACK"),
        Q("SHOW datestyle"), Q("BEGIN; SET timezone = 'America/Lima'"),
        Q(Insert(50)), Q("COMMIT"), Q("RESET timezone"),
        Q("SET application_name = 'x'; " + Insert(51)),
        Request().Sql("SET intervalstyle = 'iso_8601'").Sql(Insert(52)).Sync(),
        Q("BEGIN"), Q(Insert(53)), Q("SET timezone = 'Asia/Tokyo'"),
        Q("ROLLBACK"), Q("RESET ALL")}},
      {"SettingsOfABlockThatFails",
       {Q("BEGIN"), Q("SET intervalstyle = 'iso_8601'"), Q(Insert(50)),
        Request().Parse("", "SELEC").Sync(), Q(""), Q("ROLLBACK"), Q("BEGIN"),
        Q("SET datestyle = 'German'"), Q(Insert(50)), Q("SELEC"), Q("COMMIT")}},
      {"ClientEncoding",
       {Q("SET client_encoding = 'LATIN1'"), Q("SELECT 'caf\xe9'"),
        Q("SELECT 'caf\xe9' AS x, length('caf\xe9'); SELECT nothing"),
        Request().Sql("SELECT $1::text", {"caf\xe9"}).Sync(),
        Q("SET client_encoding = 'UTF8'"), Q("SELECT 'caf\xc3\xa9'")}},
      {"OtherEncodings",
       {Q("SET client_encoding = 'WIN1252'"), Q("SELECT '\x80\xe9' AS x"),
        Q("SELECT '\x80', nothing"), Q("SELECT '\x80'; SELECT '\xe9', nothing"),
        Request().Sql("SELECT '\x80', nothing").Sync(), Q("SELECT '\x81'"),
        Request().Sql("SELECT '\x81'").Sync(), Q("SELEC '\xe9'"),
        Q("SELECT \"\xe9\"; SELECT $1"), Q("BEGIN"), Q(Insert(50)),
        Q("UPDATE t SET v = length('\x80\xe9') WHERE k = 1"),
        Q("INSERT INTO t VALUES (51, length('\x80\xe9')); SELECT \xe9"),
        Q("COMMIT")}},
      {"EncodingsThatChange",
       {Q("SET client_encoding = 'LATIN1'; SELECT 'caf\xc3\xa9'"),
        Request().Parse("s", "SELECT 'caf\xe9'").Run("s").Sync(), Q("BEGIN"),
        Q(Insert(50)), Q("SET LOCAL client_encoding = 'UTF8'"),
        Request().Run("s").Sync(), Q("SELECT 'caf\xc3\xa9'"), Q("COMMIT"),
        Q("SELECT 'caf\xe9'"), Q("BEGIN; SET client_encoding = 'UNICODE'"),
        Q("SELECT 'caf\xc3\xa9'"), Q("ROLLBACK"), Q("SELECT 'caf\xe9'"),
        Q("SET client_encoding = 'SQL_ASCII'"), Q("SELECT 'caf\xc3\xa9'"),
        Q("SELECT 'caf\xe9'"), Q("RESET client_encoding"),
        Q("SELECT 'caf\xc3\xa9'")}},
      {"NotUtf8",
       {Q("SELECT 'caf\xe9'"), Request().Sql("SELECT 'caf\xe9'").Sync(),
        Request().Sql("SELECT $1::text", {"\xff"}).Sync(), Q("BEGIN; SELECT 1"),
        Q("UPDATE t SET v = 1 -- \xff"), Q("COMMIT")}},
  };
}

std::string NameOf(const ::testing::TestParamInfo<Script>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Queries, SameAsPostgresTest,
                         ::testing::ValuesIn(Queries()), NameOf);
INSTANTIATE_TEST_SUITE_P(Pipelines, SameAsPostgresTest,
                         ::testing::ValuesIn(Pipelines()), NameOf);
INSTANTIATE_TEST_SUITE_P(Portals, SameAsPostgresTest,
                         ::testing::ValuesIn(Portals()), NameOf);

}  // namespace
}  // namespace dsql_testing
