// SPDX-License-Identifier: Apache-2.0

// ecpg, C with embedded SQL, of PostgreSQL 15.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/ecpg_client.h"
#include "testing/clients/libraries/library_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;

constexpr char kAdd[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

class EcpgTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    if (HasFatalFailure()) return;
    const auto info = ConnectionInfo();
    const std::string target = absl::StrCat(
        "tcp:postgresql://", info.host, ":", info.port, "/", info.database, "?",
        absl::StrJoin(info.others, "&", absl::PairFormatter("=")));
    ASSERT_STREQ(
        EcpgConnect(target.c_str(), info.user.c_str(), info.password.c_str()),
        "00000")
        << EcpgMessage();
  }

  void TearDown() override {
    EcpgDisconnect();
    LibraryTest::TearDown();
  }
};

TEST_F(EcpgTest, RowsParametersAndNulls) {
  EXPECT_STREQ(EcpgInsert(3, nullptr, 30), "00000");
  EXPECT_STREQ(EcpgInsert(4, "O'Neill", 40), "00000");
  EXPECT_STREQ(EcpgCommit(), "00000");
  char name[50];
  long long cents = 0;
  EXPECT_STREQ(EcpgFind(3, name, &cents), "00000");
  EXPECT_STREQ(name, "NULL");
  EXPECT_STREQ(EcpgFind(4, name, &cents), "00000");
  EXPECT_STREQ(name, "O'Neill");
  EXPECT_EQ(cents, 40);
  EXPECT_STREQ(EcpgFind(5, name, &cents), "02000");
}

TEST_F(EcpgTest, TransactionsCommitAndRollBack) {
  EXPECT_STREQ(EcpgRun(kAdd), "00000");
  EXPECT_STREQ(EcpgRollback(), "00000");
  EXPECT_EQ(Cents(1), "100");
  EXPECT_STREQ(EcpgRun(kAdd), "00000");
  EXPECT_STREQ(EcpgCommit(), "00000");
  EXPECT_EQ(Cents(1), "101");
}

TEST_F(EcpgTest, AConflictIs40001AndTriedAgain) {
  std::vector<std::string> states;
  do {
    EXPECT_STREQ(EcpgRun("UPDATE account SET cents = cents * 2 WHERE id = 1"),
                 "00000");
    if (states.empty()) BeFaster();
    states.push_back(EcpgCommit());
  } while (states.back() == "40001" && states.size() < 3);
  EXPECT_THAT(states, ElementsAre("40001", "00000"));
  EXPECT_EQ(Cents(1), "202");
}

TEST_F(EcpgTest, PreparedStatements) {
  EXPECT_STREQ(EcpgPrepare(), "00000");
  for (int i = 0; i < 2; ++i) {
    EXPECT_STREQ(EcpgExecutePrepared(1), "00000");
    EXPECT_STREQ(EcpgCommit(), "00000");
  }
  EXPECT_EQ(Cents(1), "102");
}

// The statement stays; leave it to the connection's end.
TEST_F(EcpgTest, DeallocateIsRefusedAndLosesRows) {
  EXPECT_STREQ(EcpgPrepare(), "00000");
  EXPECT_STREQ(EcpgExecutePrepared(1), "00000");
  EXPECT_STREQ(EcpgDeallocate(), "26000");
  EXPECT_STREQ(EcpgCommit(), "00000");
  EXPECT_EQ(Cents(1), "100");
}

// COMMIT of a transaction that has failed is ROLLBACK.
TEST_F(EcpgTest, CommitAfterAnErrorSaysNothing) {
  EXPECT_STREQ(EcpgRun(kAdd), "00000");
  EXPECT_STREQ(EcpgInsert(1, nullptr, 0), "23505");
  EXPECT_STREQ(EcpgCommit(), "00000");
  EXPECT_EQ(Cents(1), "100");
}

TEST_F(EcpgTest, CursorsAreRefused) {
  EXPECT_STREQ(EcpgOpenCursor(), "0A000");
  EXPECT_STREQ(EcpgRollback(), "00000");
}

TEST_F(EcpgTest, ArraysAreTheWayRound) {
  int ids[10];
  long count = 0;
  EXPECT_STREQ(EcpgIds(ids, &count), "00000");
  ASSERT_EQ(count, 2);
  EXPECT_EQ(ids[1], 2);
}

// Without autocommit a transaction has begun, which may have one of them.
TEST_F(EcpgTest, DdlNeedsACommitOfItsOwn) {
  EXPECT_STREQ(EcpgRun("CREATE TABLE u (id int PRIMARY KEY)"), "00000");
  EXPECT_STREQ(EcpgRun("INSERT INTO u VALUES (1)"), "0A000");
  EXPECT_STREQ(EcpgRollback(), "00000");
  EXPECT_STREQ(EcpgRun("CREATE TABLE u (id int PRIMARY KEY)"), "00000");
  EXPECT_STREQ(EcpgCommit(), "00000");
  EXPECT_STREQ(EcpgRun("INSERT INTO u VALUES (1)"), "00000");
}

}  // namespace
}  // namespace dsql_testing
