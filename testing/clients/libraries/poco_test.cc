// SPDX-License-Identifier: Apache-2.0

// Poco Data 1.11, PostgreSQL.

#include <memory>
#include <string>
#include <vector>

#include "Poco/Data/PostgreSQL/Connector.h"
#include "Poco/Data/PostgreSQL/PostgreSQLException.h"
#include "Poco/Data/RecordSet.h"
#include "Poco/Data/Session.h"
#include "Poco/Nullable.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/library_fixture.h"

namespace dsql_testing {
namespace {

using ::Poco::Data::Keywords::into;
using ::Poco::Data::Keywords::now;
using ::Poco::Data::Keywords::use;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kAdd[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

class PocoTest : public LibraryTest {
 protected:
  static void SetUpTestSuite() {
    Poco::Data::PostgreSQL::Connector::registerConnector();
  }

  void SetUp() override {
    LibraryTest::SetUp();
    if (HasFatalFailure()) return;
    session_ =
        std::make_unique<Poco::Data::Session>("PostgreSQL", ConnectionString());
  }
  Poco::Data::Session& session() { return *session_; }

  // libpq's words and values, without quotes: Poco splits at spaces.
  std::string ConnectionString() {
    const auto info = ConnectionInfo();
    std::string text = absl::StrCat(
        "host=", info.host, " port=", info.port, " user=", info.user,
        " password=", info.password, " dbname=", info.database);
    for (const auto& [name, value] : info.others) {
      absl::StrAppend(&text, " ", name, "=", value);
    }
    return text;
  }

  // The text of what `body` throws, and "none" where it does not. Poco 1.11 has
  // no SQLSTATE.
  template <typename Body>
  std::string ErrorOf(const Body& body) {
    try {
      body();
    } catch (const Poco::Data::PostgreSQL::PostgreSQLException& error) {
      return error.displayText();
    }
    return "none";
  }

 private:
  std::unique_ptr<Poco::Data::Session> session_;
};

TEST_F(PocoTest, RowsParametersAndNulls) {
  int id = 3;
  std::string name = "O'Neill";
  Poco::Nullable<Poco::Int64> cents;
  session() << "INSERT INTO account VALUES ($1, $2, $3)", use(id), use(name),
      use(cents), now;
  std::vector<Poco::Nullable<std::string>> names;
  session() << "SELECT name FROM account ORDER BY id", into(names), now;
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0].value(), "Alice");
  EXPECT_TRUE(names[1].isNull());
  EXPECT_EQ(names[2].value(), "O'Neill");
  cents = 1;
  session() << "SELECT cents FROM account WHERE id = $1", use(id), into(cents),
      now;
  EXPECT_TRUE(cents.isNull());
}

TEST_F(PocoTest, RecordSets) {
  Poco::Data::Statement select(session());
  select << "SELECT id, cents FROM account ORDER BY id";
  select.execute();
  const Poco::Data::RecordSet rows(select);
  EXPECT_EQ(rows.rowCount(), 2u);
  EXPECT_EQ(rows.value("cents", 0).convert<int>(), 100);
}

// Statements end with DEALLOCATE; those that ended in a transaction do so after
// its COMMIT. Who takes this for a failure and tries again writes twice.
TEST_F(PocoTest, ACommitThatThrowsMayHaveCommitted) {
  EXPECT_THAT(ErrorOf([&] {
                session().begin();
                session() << kAdd, now;
                session().commit();
              }),
              HasSubstr("DEALLOCATE statement failed"));
  EXPECT_EQ(Cents(1), "101");
  // From now on each commit of this session does.
  Poco::Data::Statement add(session());
  add << kAdd;
  EXPECT_THAT(ErrorOf([&] {
                session().begin();
                add.execute();
                session().commit();
              }),
              HasSubstr("DEALLOCATE statement failed"));
  EXPECT_EQ(Cents(1), "102");
}

TEST_F(PocoTest, ARollbackThrowsLikewise) {
  session().begin();
  session() << kAdd, now;
  EXPECT_THAT(ErrorOf([&] { session().rollback(); }),
              HasSubstr("DEALLOCATE statement failed"));
  EXPECT_EQ(Cents(1), "100");
}

// In none they hide the error of theirs.
TEST_F(PocoTest, AStatementThatOutlivesItsTransactionIsTheWayRound) {
  {
    Poco::Data::Statement add(session());
    add << kAdd;
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(ErrorOf([&] {
                  session().begin();
                  add.execute();
                  session().commit();
                }),
                "none");
    }
    EXPECT_EQ(Cents(1), "102");
    session().begin();
    add.execute();
    EXPECT_EQ(ErrorOf([&] { session().rollback(); }), "none");
  }
  session() << kAdd, now;
  EXPECT_EQ(Cents(1), "103");
}

TEST_F(PocoTest, AConflictIsKnownByItsTextAndTriedAgain) {
  Poco::Data::Statement twice(session());
  twice << "UPDATE account SET cents = cents * 2 WHERE id = 1";
  std::vector<std::string> errors;
  do {
    errors.push_back(ErrorOf([&] {
      session().begin();
      twice.execute();
      if (errors.empty()) BeFaster();
      session().commit();
    }));
    // Or begin() would throw: the session thinks that it is in a transaction.
    if (errors.back() != "none") session().rollback();
  } while (absl::StrContains(errors.back(), "(OC000)") && errors.size() < 3);
  EXPECT_THAT(errors,
              ElementsAre(HasSubstr("COMMIT statement failed"), "none"));
  EXPECT_EQ(Cents(1), "202");
}

TEST_F(PocoTest, OtherIsolationLevelsAreRefused) {
  EXPECT_THAT(ErrorOf([&] {
                session().setTransactionIsolation(
                    Poco::Data::Session::TRANSACTION_SERIALIZABLE);
              }),
              HasSubstr("Unsupported isolation level: SERIALIZABLE"));
  EXPECT_EQ(ErrorOf([&] {
              session().setTransactionIsolation(
                  Poco::Data::Session::TRANSACTION_REPEATABLE_READ);
            }),
            "none");
}

}  // namespace
}  // namespace dsql_testing
