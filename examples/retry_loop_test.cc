// SPDX-License-Identifier: Apache-2.0

// How code that retries is tested: with races that a test decides, and with
// failures on demand.

#include "examples/retry_loop.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dsql/occ/transaction_controls.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace examples {
namespace {

using ::dsql::CommitFault;
using ::dsql_testing::IsOk;
using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;

constexpr char kAddOne[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

class RetryLoopTest : public dsql_testing::FakeDsqlTest {
 protected:
  void SetUp() override {
    FakeDsqlTest::SetUp();
    connection_ = Open();
    for (const char* sql :
         {"CREATE TABLE account (id int PRIMARY KEY, cents int)",
          "INSERT INTO account VALUES (1, 0)"})
      ASSERT_EQ(RunStatement(connection_.get(), sql), "");
  }

  Connection Open() {
    return Connection(PQconnectdb(ConnectionInfo().ToConninfo().c_str()),
                      PQfinish);
  }

  std::string Cents() {
    PGresult* const result =
        PQexec(connection_.get(), "SELECT cents FROM account");
    const std::string cents = PQgetvalue(result, 0, 0);
    PQclear(result);
    return cents;
  }

  static std::string AddOne(PGconn* connection) {
    return RunStatement(connection, kAddOne);
  }

  Connection connection_{nullptr, PQfinish};
};

TEST_F(RetryLoopTest, ALostRaceIsRunAgain) {
  const Connection other = Open();
  // The race, as a line of a test: somebody else is faster.
  EXPECT_THAT(cluster().transactions().RunBeforeNextCommit(
                  [&] { EXPECT_EQ(RunStatement(other.get(), kAddOne), ""); }),
              IsOk());
  const TransactionResult result = RunTransaction(connection_.get(), 5, AddOne);
  EXPECT_TRUE(result.committed);
  EXPECT_EQ(result.attempts, 2);
  EXPECT_EQ(Cents(), "2");
}

TEST_F(RetryLoopTest, ItGivesUpInTheEnd) {
  CommitFault fault;
  fault.count = 100;
  EXPECT_THAT(cluster().transactions().FailCommits(fault), IsOk());
  const TransactionResult result = RunTransaction(connection_.get(), 3, AddOne);
  EXPECT_FALSE(result.committed);
  EXPECT_EQ(result.attempts, 3);
  EXPECT_EQ(result.sqlstate, "40001");
  EXPECT_EQ(Cents(), "0");
}

TEST_F(RetryLoopTest, ASchemaChangeElsewhereIsTriedAgainAsWell) {
  const Connection other = Open();
  ASSERT_EQ(RunStatement(other.get(), "CREATE TABLE something (i int)"), "");
  const TransactionResult result = RunTransaction(connection_.get(), 3, AddOne);
  EXPECT_TRUE(result.committed);
  EXPECT_EQ(result.attempts, 2);
}

TEST_F(RetryLoopTest, OtherErrorsAreNotTriedAgain) {
  const TransactionResult result =
      RunTransaction(connection_.get(), 3, [](PGconn* connection) {
        return RunStatement(connection, "INSERT INTO account VALUES (1, 0)");
      });
  EXPECT_EQ(result.attempts, 1);
  EXPECT_EQ(result.sqlstate, "23505");
}

TEST_F(RetryLoopTest, NoUpdateIsLostAmongMany) {
  constexpr int kThreads = 4;
  constexpr int kUpdates = 10;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      const Connection connection = Open();
      for (int j = 0; j < kUpdates; ++j)
        EXPECT_TRUE(RunTransaction(connection.get(), 1000, AddOne).committed);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Cents(), "40");
}

}  // namespace
}  // namespace examples
