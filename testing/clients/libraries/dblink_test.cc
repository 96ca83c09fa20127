// SPDX-License-Identifier: Apache-2.0

// dblink: a PostgreSQL of one's own that asks a cluster.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsql/postgres/server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/library_fixture.h"
#include "testing/clients/libraries/tools.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr char kAdd[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

// Where there is a PostgreSQL with its contrib modules; "" where there is none.
std::string BinariesWithDblink() {
  const std::string control =
      FindFile("/usr/share/postgresql/*/extension/dblink.control");
  if (control.empty()) return "";
  const std::vector<std::string> path = absl::StrSplit(control, '/');
  return FindFile(absl::StrCat("/usr/lib/postgresql/", path[4], "/bin"));
}

class DblinkTest : public LibraryTest {
 protected:
  void SetUp() override {
    const std::string binaries = BinariesWithDblink();
    if (binaries.empty())
      DSQL_SKIP_WITHOUT_TOOL(
          "there is no PostgreSQL with dblink: apt-get "
          "install postgresql-15");
    LibraryTest::SetUp();
    if (HasFatalFailure()) return;
    dsql::postgres::ServerOptions options;
    options.binaries.bin_dir = binaries;
    auto server = dsql::postgres::PostgresServer::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const std::string internal = server_->internal_connection().ToConninfo();
    const Client owner(PQconnectdb(internal.c_str()));
    EXPECT_EQ(Expect(PGRES_COMMAND_OK,
                     Answer(PQexec(owner.get(),
                                   "CREATE EXTENSION dblink SCHEMA public"))),
              "OK");
    client_ = Client(PQconnectdb(server_->conninfo().c_str()));
    // The server runs as somebody else, who cannot read this process's file.
    ca_ = std::make_unique<PublicCopy>(CaFile());
    auto info = ConnectionInfo();
    info.others["sslrootcert"] = ca_->path();
    const std::string conninfo = info.ToConninfo();
    const char* const values[] = {conninfo.c_str()};
    const Answer connected(PQexecParams(client_.get(),
                                        "SELECT dblink_connect('dsql', $1)", 1,
                                        nullptr, values, nullptr, nullptr, 0));
    ASSERT_EQ(Expect(PGRES_TUPLES_OK, connected), "OK");
  }

  // The first value, or SQLSTATE and text of the error.
  std::string Ask(const std::string& sql) {
    const Answer answer(PQexec(client_.get(), sql.c_str()));
    if (PQresultStatus(answer.get()) == PGRES_TUPLES_OK)
      return PQntuples(answer.get()) ? PQgetvalue(answer.get(), 0, 0) : "";
    const char* const state =
        PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
    return absl::StrCat(
        state == nullptr ? "" : state, " ",
        PQresultErrorField(answer.get(), PG_DIAG_MESSAGE_PRIMARY));
  }

  // The cluster's answer to a command.
  std::string Exec(const std::string& sql) {
    return Ask(absl::StrCat("SELECT dblink_exec('dsql', '", sql, "')"));
  }

 private:
  std::unique_ptr<dsql::postgres::PostgresServer> server_;
  std::unique_ptr<PublicCopy> ca_;
  Client client_;
};

TEST_F(DblinkTest, RowsAndNulls) {
  EXPECT_EQ(Ask("SELECT string_agg(coalesce(name, 'NULL'), ',' ORDER BY id) "
                "FROM dblink('dsql', 'SELECT id, name FROM account') AS "
                "t(id int, name text)"),
            "Alice,NULL");
}

// What it runs has no parameters; format() quotes.
TEST_F(DblinkTest, QuotedValues) {
  EXPECT_EQ(Ask("SELECT dblink_exec('dsql', format('INSERT INTO account VALUES "
                "(%L, %L)', 3, 'O''Neill'))"),
            "INSERT 0 1");
  EXPECT_EQ(Value("SELECT name FROM account WHERE id = 3"), "O'Neill");
}

// The cluster's transactions are its own: the local COMMIT is none of theirs.
TEST_F(DblinkTest, TransactionsCommitAndRollBack) {
  EXPECT_EQ(Exec("BEGIN"), "BEGIN");
  EXPECT_EQ(Exec(kAdd), "UPDATE 1");
  EXPECT_EQ(Exec("ROLLBACK"), "ROLLBACK");
  EXPECT_EQ(Cents(1), "100");
  EXPECT_EQ(Exec("BEGIN"), "BEGIN");
  EXPECT_EQ(Exec(kAdd), "UPDATE 1");
  EXPECT_EQ(Exec("COMMIT"), "COMMIT");
  EXPECT_EQ(Cents(1), "101");
}

TEST_F(DblinkTest, AConflictIs40001AndTriedAgain) {
  std::vector<std::string> answers;
  do {
    EXPECT_EQ(Exec("BEGIN"), "BEGIN");
    EXPECT_EQ(Exec("UPDATE account SET cents = cents * 2 WHERE id = 1"),
              "UPDATE 1");
    if (answers.empty()) BeFaster();
    answers.push_back(Exec("COMMIT"));
  } while (absl::StartsWith(answers.back(), "40001") && answers.size() < 3);
  EXPECT_THAT(answers, ElementsAre(StartsWith("40001"), "COMMIT"));
  EXPECT_EQ(Cents(1), "202");
}

TEST_F(DblinkTest, QueriesThatAreAwaitedLater) {
  EXPECT_EQ(Ask("SELECT dblink_send_query('dsql', 'SELECT 42')"), "1");
  const std::string result = "SELECT a FROM dblink_get_result('dsql') t(a int)";
  EXPECT_EQ(Ask(result), "42");
  EXPECT_EQ(Ask(result), "");
}

// dblink_open() has begun a transaction, in which its DECLARE has failed.
TEST_F(DblinkTest, CursorsAreRefused) {
  EXPECT_THAT(
      Ask("SELECT dblink_open('dsql', 'rows', 'SELECT id FROM account')"),
      StartsWith("0A000 unsupported statement: DeclareCursor"));
  EXPECT_THAT(Exec(kAdd), StartsWith("25P02"));
  EXPECT_EQ(Exec("ROLLBACK"), "ROLLBACK");
  EXPECT_EQ(Exec(kAdd), "UPDATE 1");
}

}  // namespace
}  // namespace dsql_testing
