// SPDX-License-Identifier: Apache-2.0

// libpqxx, Debian's 6.4.

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/library_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LibpqxxTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    if (HasFatalFailure()) return;
    connection_ = std::make_unique<pqxx::connection>(Conninfo());
  }
  pqxx::connection& connection() { return *connection_; }

  // The SQLSTATE of what `body` throws, and "none" where it does not.
  template <typename Body>
  std::string SqlState(const Body& body) {
    try {
      body();
    } catch (const pqxx::sql_error& error) {
      return error.sqlstate();
    }
    return "none";
  }

 private:
  std::unique_ptr<pqxx::connection> connection_;
};

TEST_F(LibpqxxTest, RowsAndNulls) {
  pqxx::work work(connection());
  const pqxx::result rows =
      work.exec("SELECT id, name, cents FROM account ORDER BY id");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["name"].as<std::string>(), "Alice");
  EXPECT_EQ(rows[0]["cents"].as<int64_t>(), 100);
  EXPECT_TRUE(rows[1]["name"].is_null());
  EXPECT_EQ(rows[1]["name"].as<std::string>("nobody"), "nobody");
}

TEST_F(LibpqxxTest, Parameters) {
  pqxx::work work(connection());
  work.exec_params("INSERT INTO account VALUES ($1, $2, $3)", 3, "O'Neill",
                   nullptr);
  const pqxx::row row =
      work.exec_params1("SELECT name, cents FROM account WHERE id = $1", 3);
  EXPECT_EQ(row[0].as<std::string>(), "O'Neill");
  EXPECT_TRUE(row[1].is_null());
  work.commit();
  EXPECT_EQ(Accounts(), "3");
}

TEST_F(LibpqxxTest, PreparedStatements) {
  connection().prepare("find", "SELECT cents FROM account WHERE id = $1");
  for (int i = 0; i < 2; ++i) {
    pqxx::work work(connection());
    EXPECT_EQ(work.exec_prepared1("find", 1)[0].as<int>(), 100);
    EXPECT_EQ(work.exec_prepared1("find", 2)[0].as<int>(), 50);
    work.commit();
  }
}

// It is SQL's DEALLOCATE. The statement stays; leave it to the connection's
// end.
TEST_F(LibpqxxTest, UnprepareIsRefused) {
  connection().prepare("find", "SELECT cents FROM account WHERE id = $1");
  {
    pqxx::work work(connection());
    work.exec_prepared("find", 1);
    work.commit();
  }
  EXPECT_EQ(SqlState([&] { connection().unprepare("find"); }), "0A000");
}

TEST_F(LibpqxxTest, TransactionsCommitAndRollBack) {
  {
    pqxx::work work(connection());
    work.exec("UPDATE account SET cents = 1 WHERE id = 1");
  }
  EXPECT_EQ(Cents(1), "100");
  {
    pqxx::work work(connection());
    work.exec("UPDATE account SET cents = 1 WHERE id = 1");
    work.commit();
  }
  EXPECT_EQ(Cents(1), "1");
  pqxx::nontransaction alone(connection());
  alone.exec("UPDATE account SET cents = 2 WHERE id = 1");
  EXPECT_EQ(Cents(1), "2");
}

TEST_F(LibpqxxTest, AConflictIsASerializationFailure) {
  pqxx::work work(connection());
  work.exec("UPDATE account SET cents = cents * 2 WHERE id = 1");
  BeFaster();
  try {
    work.commit();
    ADD_FAILURE() << "committed";
  } catch (const pqxx::serialization_failure& error) {
    EXPECT_THAT(error.what(), HasSubstr("(OC000)"));
  }
  EXPECT_EQ(Cents(1), "101");
}

TEST_F(LibpqxxTest, PerformTriesAgain) {
  int attempts = 0;
  pqxx::perform([&] {
    pqxx::work work(connection());
    work.exec("UPDATE account SET cents = cents * 2 WHERE id = 1");
    if (++attempts == 1) BeFaster();
    work.commit();
  });
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(Cents(1), "202");
}

TEST_F(LibpqxxTest, Streams) {
  using Row = std::tuple<int, std::string, int64_t>;
  {
    pqxx::work work(connection());
    pqxx::stream_to to(work, "account",
                       std::vector<std::string>{"id", "name", "cents"});
    to << Row{3, "Carol", 30} << Row{4, "tab\there", 40};
    to.complete();
    work.commit();
  }
  EXPECT_EQ(Accounts(), "4");
  pqxx::work work(connection());
  // With a list of columns 6.4 reads a member that it has not initialized.
  pqxx::stream_from from(work, "account");
  std::vector<std::string> names;
  std::tuple<int, std::unique_ptr<std::string>, int64_t> row;
  while (from >> row) {
    names.push_back(std::get<1>(row) ? *std::get<1>(row) : "NULL");
  }
  EXPECT_THAT(names, ElementsAre("Alice", "NULL", "Carol", "tab\there"));
}

TEST_F(LibpqxxTest, Pipeline) {
  pqxx::work work(connection());
  pqxx::pipeline pipeline(work);
  pipeline.retain(10);
  const auto first = pipeline.insert("SELECT cents FROM account WHERE id = 1");
  const auto write =
      pipeline.insert("UPDATE account SET cents = 7 WHERE id = 1");
  const auto second = pipeline.insert("SELECT cents FROM account WHERE id = 1");
  EXPECT_EQ(pipeline.retrieve(second)[0][0].as<int>(), 7);
  EXPECT_EQ(pipeline.retrieve(first)[0][0].as<int>(), 100);
  EXPECT_EQ(pipeline.retrieve(write).affected_rows(), 1u);
  pipeline.complete();
  work.commit();
  EXPECT_EQ(Cents(1), "7");
}

// It begins with BEGIN; SET TRANSACTION READ ONLY and leaves the transaction
// that has failed behind, in which each transaction to come fails as well.
TEST_F(LibpqxxTest, ReadTransactionIsRefused) {
  const auto read = [&] {
    pqxx::read_transaction transaction(connection());
    transaction.exec("SELECT 1");
  };
  const auto work = [&] {
    pqxx::work transaction(connection());
    transaction.exec("SELECT 1");
  };
  EXPECT_EQ(SqlState(read), "0A000");
  EXPECT_EQ(SqlState(work), "25P02");
  EXPECT_EQ(SqlState(work), "25P02");
  pqxx::nontransaction(connection()).exec("ROLLBACK");
  EXPECT_EQ(SqlState(work), "none");
}

TEST_F(LibpqxxTest, BeginReadOnlyIsTheWayRound) {
  pqxx::nontransaction read(connection());
  read.exec("BEGIN READ ONLY");
  EXPECT_EQ(read.exec1("SELECT count(*) FROM account")[0].as<int>(), 2);
  EXPECT_EQ(SqlState([&] { read.exec("DELETE FROM account"); }), "25006");
  read.exec("ROLLBACK");
}

// DSQL has one level, and what libpqxx calls READ COMMITTED names none.
TEST_F(LibpqxxTest, OtherIsolationLevelsAreRefused) {
  EXPECT_EQ(SqlState([&] {
              pqxx::transaction<pqxx::serializable> work(connection());
            }),
            "0A000");
  pqxx::nontransaction(connection()).exec("ROLLBACK");
  pqxx::work work(connection());
  EXPECT_EQ(work.exec1("SHOW transaction_isolation")[0].as<std::string>(),
            "repeatable read");
}

TEST_F(LibpqxxTest, SubtransactionsAreRefused) {
  pqxx::work work(connection());
  EXPECT_EQ(SqlState([&] {
              pqxx::subtransaction sub(work, "sub");
              sub.exec("SELECT 1");
            }),
            "0A000");
}

// It keeps a log in a table, which nobody makes.
TEST_F(LibpqxxTest, RobustTransactionFails) {
  EXPECT_EQ(SqlState([&] {
              pqxx::robusttransaction<> work(connection());
              work.exec("SELECT 1");
            }),
            "42P01");
}

TEST_F(LibpqxxTest, CursorsAreRefused) {
  pqxx::work work(connection());
  using Cursor = pqxx::stateless_cursor<pqxx::cursor_base::read_only,
                                        pqxx::cursor_base::owned>;
  EXPECT_EQ(SqlState([&] {
              Cursor cursor(work, "SELECT * FROM account", "rows", false);
            }),
            "0A000");
}

TEST_F(LibpqxxTest, AnErrorEndsTheTransaction) {
  pqxx::work work(connection());
  work.exec("UPDATE account SET cents = 1 WHERE id = 1");
  EXPECT_THROW(work.exec("INSERT INTO account VALUES (1)"),
               pqxx::unique_violation);
  // libpqxx knows, without asking.
  EXPECT_THROW(work.exec("SELECT 1"), pqxx::usage_error);
  EXPECT_THROW(work.commit(), pqxx::usage_error);
  EXPECT_EQ(Cents(1), "100");
}

}  // namespace
}  // namespace dsql_testing
