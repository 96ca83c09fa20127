// SPDX-License-Identifier: Apache-2.0

// The examples of the table of rules, and the grammar that DSQL has, as a
// client's statements.

#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/cluster.h"
#include "dsql/fake_dsql.h"
#include "dsql/postgres/connection.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/rules/rules.h"
#include "dsql/sql/statement.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::Connection;
using ::dsql::sql::Rule;
using ::dsql::sql::StatementKind;

// What examples name that do not make it.
constexpr const char* kFurniture[] = {
    "CREATE SCHEMA s",
    "CREATE SCHEMA d",
    "CREATE TABLE s.t (a int)",
    ("CREATE TABLE t (a int PRIMARY KEY, b int, c int, d int, e text, f int,"
     " g int, h int, i int, id int)"),
    "CREATE TABLE u (a int PRIMARY KEY, b int)",
    "CREATE TABLE tree (a int PRIMARY KEY, b int REFERENCES tree)",
    "CREATE VIEW v AS SELECT a FROM t",
    "CREATE SEQUENCE s CACHE 1",
    "CREATE DOMAIN d AS text CONSTRAINT c CHECK (VALUE <> 'x')",
    "CREATE ROLE r",
    "CREATE FUNCTION f(int) RETURNS int RETURN $1",
    "CREATE STATISTICS s ON a, b FROM t",
    "ALTER TABLE t ADD CONSTRAINT k CHECK (b > 0) NOT VALID",
    "CREATE UNIQUE INDEX ASYNC j ON t (b)",
    "GRANT r TO admin",
};

// A statement that makes a transaction, or that none may have around it.
bool StandsAlone(const std::string& sql) {
  switch (dsql::sql::Analyze(sql, {}).statements.at(0).kind) {
    case StatementKind::kBegin:
    case StatementKind::kCommit:
    case StatementKind::kRollback:
    case StatementKind::kAnalyze:
      return true;
    default:
      return false;
  }
}

// Two clusters: cluster() is empty, the other one has the furniture.
class RuleExamplesTest : public FakeDsqlTest {
 protected:
  void SetUp() override {
    FakeDsqlTest::SetUp();
    if (HasFatalFailure()) return;
    const auto created = fake().CreateCluster();
    ASSERT_THAT(created, IsOk());
    Connect(cluster(), &empty_);
    Connect(*created, &furnished_);
    for (const char* sql : kFurniture)
      ASSERT_THAT(furnished_->Execute(sql), IsOk()) << sql;
  }

  void Connect(const dsql::Cluster& cluster,
               absl::optional<Connection>* connection) {
    auto opened = cluster.Connect();
    ASSERT_THAT(opened, IsOk());
    connection->emplace(*std::move(opened));
  }

  // The error, without a trace of the statement.
  static absl::Status Try(Connection* connection, const std::string& sql) {
    const bool alone = StandsAlone(sql);
    if (!alone) {
      EXPECT_THAT(connection->Execute("BEGIN"), IsOk());
    }
    absl::Status status = connection->Execute(sql).status();
    EXPECT_THAT(connection->Execute("ROLLBACK"), IsOk());
    // COPY has begun.
    return absl::IsUnimplemented(status) ? absl::OkStatus() : status;
  }

  // Whether it runs, or would on the version that DSQL is.
  static bool Runs(const absl::Status& status) {
    return status.ok() ||
           absl::StrContains(status.message(), "needs PostgreSQL 16");
  }

  // It succeeds in one of the clusters: what makes a thing in the empty one,
  // what needs a thing in the other.
  void ExpectRuns(const std::string& sql) {
    const absl::Status in_empty = Try(&*empty_, sql);
    if (Runs(in_empty)) return;
    const absl::Status in_furnished = Try(&*furnished_, sql);
    EXPECT_TRUE(Runs(in_furnished))
        << sql << "\n  empty: " << in_empty << "\n  other: " << in_furnished;
  }

  absl::optional<Connection> empty_;
  absl::optional<Connection> furnished_;
};

// Whether a message is of this form, where $0 stands for anything.
bool IsOfForm(absl::string_view message, absl::string_view form) {
  const std::vector<absl::string_view> parts = absl::StrSplit(form, "$0");
  return absl::StartsWith(message, parts.front()) &&
         absl::EndsWith(message, parts.back());
}

TEST_F(RuleExamplesTest, AreRefused) {
  for (const Rule& rule : dsql::sql::Rules()) {
    if (*rule.refused == '\0') continue;
    SCOPED_TRACE(absl::StrCat(rule.id, ": ", rule.refused));
    const absl::Status status = furnished_->Execute(rule.refused).status();
    // Other versions run it.
    if (status.ok() && absl::StrContains(rule.id, "postgres-1")) continue;
    const auto detail = dsql::GetSqlErrorDetail(status);
    ASSERT_TRUE(detail.has_value()) << status;
    EXPECT_EQ(detail->sqlstate(), rule.sqlstate) << detail->message();
    EXPECT_TRUE(IsOfForm(detail->message(), rule.message)) << detail->message();
  }
}

TEST_F(RuleExamplesTest, AreRun) {
  for (const Rule& rule : dsql::sql::Rules()) {
    SCOPED_TRACE(rule.id);
    if (*rule.accepted != '\0') ExpectRuns(rule.accepted);
  }
}

// One statement a line.
TEST_F(RuleExamplesTest, TheGrammarIsRun) {
  std::ifstream file("dsql/sql/testdata/accepted/grammar.sql");
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines)
    if (!absl::StartsWith(line, "--")) ExpectRuns(line);
  EXPECT_GT(lines, 20);
}

}  // namespace
}  // namespace dsql_testing
