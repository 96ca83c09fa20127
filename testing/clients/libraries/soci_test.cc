// SPDX-License-Identifier: Apache-2.0

// SOCI 4.0 with its back end for PostgreSQL.

#include "soci/soci.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "soci/postgresql/soci-postgresql.h"
#include "testing/clients/libraries/library_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kAdd[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

class SociTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    if (HasFatalFailure()) return;
    sql_ = std::make_unique<soci::session>(soci::postgresql, Conninfo());
  }
  soci::session& sql() { return *sql_; }

  // The SQLSTATE of what `body` throws, and "none" where it does not.
  template <typename Body>
  std::string SqlState(const Body& body) {
    try {
      body();
    } catch (const soci::postgresql_soci_error& error) {
      return error.sqlstate();
    }
    return "none";
  }

 private:
  std::unique_ptr<soci::session> sql_;
};

TEST_F(SociTest, RowsParametersAndNulls) {
  const int id = 3;
  const std::string name = "O'Neill";
  long long cents = 30;
  soci::indicator null = soci::i_null;
  sql() << "INSERT INTO account VALUES (:id, :name, :cents)", soci::use(id),
      soci::use(name), soci::use(cents, null);
  std::string read;
  sql() << "SELECT name, cents FROM account WHERE id = :id", soci::use(id),
      soci::into(read), soci::into(cents, null);
  EXPECT_EQ(read, "O'Neill");
  EXPECT_EQ(null, soci::i_null);
}

TEST_F(SociTest, Rowsets) {
  std::vector<std::string> names;
  const soci::rowset<soci::row> rows =
      (sql().prepare << "SELECT name, cents FROM account ORDER BY id");
  for (const soci::row& row : rows) {
    names.push_back(row.get<std::string>(0, "NULL"));
  }
  EXPECT_THAT(names, ElementsAre("Alice", "NULL"));
}

TEST_F(SociTest, TransactionsCommitAndRollBack) {
  {
    soci::transaction transaction(sql());
    sql() << kAdd;
  }
  EXPECT_EQ(Cents(1), "100");
  soci::transaction transaction(sql());
  sql() << kAdd;
  transaction.commit();
  EXPECT_EQ(Cents(1), "101");
}

// As a function that users write.
TEST_F(SociTest, AConflictIs40001AndTriedAgain) {
  int attempts = 0;
  std::vector<std::string> states;
  do {
    states.push_back(SqlState([&] {
      soci::transaction transaction(sql());
      sql() << "UPDATE account SET cents = cents * 2 WHERE id = 1";
      if (++attempts == 1) BeFaster();
      transaction.commit();
    }));
  } while (states.back() == "40001" && attempts < 3);
  EXPECT_THAT(states, ElementsAre("40001", "none"));
  EXPECT_EQ(Cents(1), "202");
}

TEST_F(SociTest, StatementsInBulk) {
  const std::vector<int> ids = {3, 4, 5};
  soci::statement insert =
      (sql().prepare << "INSERT INTO account (id) VALUES (:id)",
       soci::use(ids));
  {
    soci::transaction transaction(sql());
    insert.execute(true);
    transaction.commit();
  }
  EXPECT_EQ(Accounts(), "5");
}

// Its destructor sends DEALLOCATE, hides the error, and COMMIT of a transaction
// that has failed is ROLLBACK, which commit() takes for success.
TEST_F(SociTest, AStatementThatEndsInATransactionLosesItsRows) {
  soci::transaction transaction(sql());
  {
    soci::statement add = (sql().prepare << kAdd);
    add.execute(true);
    EXPECT_EQ(add.get_affected_rows(), 1);
  }
  EXPECT_EQ(SqlState([&] { transaction.commit(); }), "none");
  EXPECT_EQ(Cents(1), "100");
}

// A rowset holds such a statement.
TEST_F(SociTest, ARowsetThatEndsInATransactionLosesItsRows) {
  soci::transaction transaction(sql());
  sql() << kAdd;
  {
    const soci::rowset<int> ids = (sql().prepare << "SELECT id FROM account");
    EXPECT_EQ(std::distance(ids.begin(), ids.end()), 2);
  }
  EXPECT_EQ(SqlState([&] { transaction.commit(); }), "none");
  EXPECT_EQ(Cents(1), "100");
}

TEST_F(SociTest, AStatementThatOutlivesItsTransactionIsTheWayRound) {
  {
    soci::statement add = (sql().prepare << kAdd);
    soci::transaction transaction(sql());
    add.execute(true);
    transaction.commit();
  }
  EXPECT_EQ(Cents(1), "101");
  sql() << kAdd;
  EXPECT_EQ(Cents(1), "102");
}

// Without prepare: what `session <<` runs at once is not prepared by name.
TEST_F(SociTest, StatementsThatRunAtOnceAreTheOther) {
  soci::transaction transaction(sql());
  std::vector<int> ids(10);
  sql() << kAdd;
  sql() << "SELECT id FROM account ORDER BY id", soci::into(ids);
  transaction.commit();
  EXPECT_THAT(ids, ElementsAre(1, 2));
  EXPECT_EQ(Cents(1), "101");
}

// commit() cannot be trusted after any error: ask before.
TEST_F(SociTest, CommitAfterAnErrorSaysNothing) {
  soci::transaction transaction(sql());
  sql() << kAdd;
  EXPECT_EQ(SqlState([&] { sql() << "INSERT INTO account VALUES (1)"; }),
            "23505");
  EXPECT_EQ(SqlState([&] { sql() << "SELECT 1"; }), "25P02");
  EXPECT_EQ(SqlState([&] { transaction.commit(); }), "none");
  EXPECT_EQ(Cents(1), "100");
}

TEST_F(SociTest, Refusals) {
  EXPECT_EQ(SqlState([&] { sql().truncate_table("account"); }), "0A000");
  try {
    sql() << "SAVEPOINT s";
    ADD_FAILURE() << "accepted";
  } catch (const soci::soci_error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("unsupported transaction statement: SAVEPOINT"));
  }
}

}  // namespace
}  // namespace dsql_testing
