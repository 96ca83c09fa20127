// SPDX-License-Identifier: Apache-2.0

// unixODBC with psqlODBC 13, without odbcinst.ini.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/library_fixture.h"
#include "testing/clients/libraries/odbc_handles.h"
#include "testing/clients/libraries/tools.h"

namespace dsql_testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kDriver[] = "/usr/lib/*/odbc/psqlodbcw.so";
// What works with DSQL.
constexpr char kOptions[] = "Protocol=7.4-0;UseServerSidePrepare=0";
constexpr char kTwin[] = "INSERT INTO account VALUES (1)";
constexpr char kAdd[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

class OdbcTest : public LibraryTest {
 protected:
  void SetUp() override {
    if (FindFile(kDriver).empty())
      DSQL_SKIP_WITHOUT_TOOL(
          "there is no psqlODBC: apt-get install "
          "odbc-postgresql");
    LibraryTest::SetUp();
  }

  // Twice, as psqlODBC prepares in the server what runs again.
  void AddTwice(bool commit_before_the_end) {
    OdbcStatement add(connection_);
    EXPECT_EQ(add.Prepare("UPDATE account SET cents = cents + 1 WHERE id = ?"),
              "");
    add.Bind(1, "1");
    EXPECT_EQ(add.Execute(), "");
    EXPECT_EQ(add.Execute(), "");
    if (commit_before_the_end) EXPECT_EQ(connection_.Commit(), "");
  }

  // Connects with further options, and turns autocommit off.
  void Open(const std::string& more) {
    const auto info = ConnectionInfo();
    ASSERT_EQ(
        connection_.Connect(absl::StrCat(
            "Driver=", FindFile(kDriver), ";Servername=", info.host,
            ";Port=", info.port, ";Database=", info.database,
            ";UID=", info.user, ";PWD={", info.password,
            "};SSLmode=verify-full;pqopt={sslrootcert=", CaFile(), "};", more)),
        "");
    ASSERT_EQ(connection_.SetAutocommit(false), "");
  }

  OdbcConnection connection_;
};

TEST_F(OdbcTest, RowsParametersAndNulls) {
  Open(kOptions);
  OdbcStatement insert(connection_);
  EXPECT_EQ(insert.Prepare("INSERT INTO account VALUES (?, ?, ?)"), "");
  for (const char* id : {"3", "4"}) {
    insert.Bind(1, id);
    insert.Bind(2, "O'Neill");
    insert.Bind(3, nullptr);
    EXPECT_EQ(insert.Execute(), "");
  }
  EXPECT_EQ(connection_.Commit(), "");
  OdbcStatement select(connection_);
  EXPECT_EQ(select.Run("SELECT id, name, cents FROM account ORDER BY id"), "");
  EXPECT_THAT(select.Fetch(), ElementsAre("1|Alice|100", "2|NULL|50",
                                          "3|O'Neill|NULL", "4|O'Neill|NULL"));
}

TEST_F(OdbcTest, TransactionsCommitAndRollBack) {
  Open(kOptions);
  OdbcStatement add(connection_);
  EXPECT_EQ(add.Run(kAdd), "");
  EXPECT_EQ(connection_.Rollback(), "");
  EXPECT_EQ(Cents(1), "100");
  EXPECT_EQ(add.Run(kAdd), "");
  EXPECT_EQ(add.Run(kAdd), "");
  EXPECT_EQ(connection_.Commit(), "");
  EXPECT_EQ(Cents(1), "102");
}

TEST_F(OdbcTest, AConflictIs40001AndTriedAgain) {
  Open(kOptions);
  std::vector<std::string> errors;
  do {
    OdbcStatement twice(connection_);
    EXPECT_EQ(twice.Run("UPDATE account SET cents = cents * 2 WHERE id = 1"),
              "");
    if (errors.empty()) BeFaster();
    errors.push_back(connection_.Commit());
  } while (absl::StartsWith(errors.back(), "40001") && errors.size() < 3);
  EXPECT_THAT(errors, ElementsAre(StartsWith("40001"), ""));
  EXPECT_EQ(Cents(1), "202");
}

// Protocol=7.4-2: a savepoint before each statement but the first.
TEST_F(OdbcTest, TheDefaultProtocolSendsSavepoints) {
  Open("");
  OdbcStatement add(connection_);
  EXPECT_EQ(add.Run(kAdd), "");
  EXPECT_THAT(add.Run(kAdd),
              AllOf(StartsWith("0A000"), HasSubstr("SAVEPOINT")));
}

TEST_F(OdbcTest, Protocol1RollsBackAtAnError) {
  Open("Protocol=7.4-1");
  OdbcStatement statement(connection_);
  EXPECT_EQ(statement.Run(kAdd), "");
  EXPECT_THAT(statement.Run(kTwin), StartsWith("23505"));
  EXPECT_EQ(statement.Run(kAdd), "");
  EXPECT_EQ(connection_.Commit(), "");
  EXPECT_EQ(Cents(1), "101");
}

// COMMIT of a transaction that has failed is ROLLBACK.
TEST_F(OdbcTest, CommitAfterAnErrorSaysNothing) {
  Open(kOptions);
  OdbcStatement statement(connection_);
  EXPECT_EQ(statement.Run(kAdd), "");
  EXPECT_THAT(statement.Run(kTwin), StartsWith("23505"));
  EXPECT_THAT(statement.Run("SELECT 1"), StartsWith("25P02"));
  EXPECT_EQ(connection_.Commit(), "");
  EXPECT_EQ(Cents(1), "100");
}

// UseServerSidePrepare=1, the default: the end of a statement is DEALLOCATE.
TEST_F(OdbcTest, APreparedStatementThatEndsInATransactionLosesItsRows) {
  Open("Protocol=7.4-0");
  AddTwice(/*commit_before_the_end=*/false);
  EXPECT_EQ(connection_.Commit(), "");
  EXPECT_EQ(Cents(1), "100");
}

TEST_F(OdbcTest, APreparedStatementThatOutlivesItsTransactionLosesNone) {
  Open("Protocol=7.4-0");
  AddTwice(/*commit_before_the_end=*/true);
  EXPECT_EQ(Cents(1), "102");
}

TEST_F(OdbcTest, WithoutServerSidePrepareNoneAreLost) {
  Open(kOptions);
  AddTwice(/*commit_before_the_end=*/false);
  EXPECT_EQ(connection_.Commit(), "");
  EXPECT_EQ(Cents(1), "102");
}

TEST_F(OdbcTest, CursorsAreRefused) {
  Open("Protocol=7.4-0;UseDeclareFetch=1");
  OdbcStatement select(connection_);
  EXPECT_THAT(select.Run("SELECT id FROM account"),
              AllOf(StartsWith("0A000"), HasSubstr("DeclareCursor")));
}

}  // namespace
}  // namespace dsql_testing
