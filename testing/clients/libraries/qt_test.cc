// SPDX-License-Identifier: Apache-2.0

// Qt SQL 5.15, the driver QPSQL.

#include <QtCore/QCoreApplication>
#include <QtCore/QStringList>
#include <QtCore/QVariant>
#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlDriver>
#include <QtSql/QSqlError>
#include <QtSql/QSqlField>
#include <QtSql/QSqlIndex>
#include <QtSql/QSqlQuery>
#include <QtSql/QSqlRecord>
#include <QtSql/QSqlTableModel>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/library_fixture.h"
#include "testing/clients/libraries/tools.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;

constexpr char kAdd[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

QString Text(const std::string& text) { return QString::fromStdString(text); }

class QtTest : public LibraryTest {
 protected:
  static void SetUpTestSuite() {
    static int argc = 1;
    static char name[] = "qt_test";
    static char* argv[] = {name, nullptr};
    static QCoreApplication application(argc, argv);
  }

  void SetUp() override {
    if (!QSqlDatabase::isDriverAvailable("QPSQL"))
      DSQL_SKIP_WITHOUT_TOOL(
          "Qt has no driver QPSQL: apt-get install "
          "libqt5sql5-psql");
    LibraryTest::SetUp();
    if (HasFatalFailure()) return;
    const auto info = ConnectionInfo();
    database_ = QSqlDatabase::addDatabase("QPSQL");
    database_.setHostName(Text(info.host));
    database_.setPort(Text(info.port).toInt());
    database_.setUserName(Text(info.user));
    database_.setPassword(Text(info.password));
    database_.setDatabaseName(Text(info.database));
    database_.setConnectOptions(
        Text("sslmode=verify-full;sslrootcert=" + CaFile()));
    ASSERT_TRUE(database_.open()) << database_.lastError().text().toStdString();
  }

  void TearDown() override {
    database_.close();
    database_ = {};
    QSqlDatabase::removeDatabase(QSqlDatabase::defaultConnection);
    LibraryTest::TearDown();
  }

  QSqlDatabase& database() { return database_; }

  // The SQLSTATE of a statement; "" where it succeeds.
  static std::string Run(const QString& sql) {
    QSqlQuery query;
    return query.exec(sql) ? "" : SqlState(query.lastError());
  }
  static std::string SqlState(const QSqlError& error) {
    return error.nativeErrorCode().toStdString();
  }
  // Likewise of COMMIT.
  std::string Commit() {
    return database_.commit() ? "" : SqlState(database_.lastError());
  }

  // A value as SQL's literal, in the place of a parameter.
  QString Literal(const QVariant& value) {
    QSqlField field("", value.type());
    field.setValue(value);
    return database_.driver()->formatValue(field);
  }

 private:
  QSqlDatabase database_;
};

TEST_F(QtTest, RowsAndNulls) {
  QSqlQuery query("SELECT id, name, cents FROM account ORDER BY id");
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.value("name").toString(), "Alice");
  EXPECT_EQ(query.value("cents").toLongLong(), 100);
  ASSERT_TRUE(query.next());
  EXPECT_TRUE(query.isNull("name"));
  EXPECT_FALSE(query.next());
  // The driver would like bytea_output = escape, which is refused with a
  // warning; it reads hex as well.
  ASSERT_TRUE(query.exec("SELECT '\\x0001ff'::bytea"));
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.value(0).toByteArray().toHex(), "0001ff");
}

// It is SQL's PREPARE.
TEST_F(QtTest, PrepareIsRefused) {
  QSqlQuery query;
  EXPECT_FALSE(query.prepare("SELECT name FROM account WHERE id = ?"));
  EXPECT_EQ(SqlState(query.lastError()), "0A000");
  query.addBindValue(1);
  EXPECT_FALSE(query.exec());
}

TEST_F(QtTest, LiteralsAreTheWayRound) {
  const QString insert = "INSERT INTO account VALUES (%1, %2, %3)";
  // All at once: a value may hold a "%2".
  EXPECT_EQ(Run(insert.arg(Literal(3), Literal("O'Neill \\ %3"),
                           Literal(QVariant(QVariant::LongLong)))),
            "");
  QSqlQuery query("SELECT name, cents FROM account WHERE id = " + Literal(3));
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.value(0).toString(), "O'Neill \\ %3");
  EXPECT_TRUE(query.isNull(1));
}

TEST_F(QtTest, TransactionsCommitAndRollBack) {
  EXPECT_TRUE(database().transaction());
  EXPECT_EQ(Run(kAdd), "");
  EXPECT_TRUE(database().rollback());
  EXPECT_EQ(Cents(1), "100");
  EXPECT_TRUE(database().transaction());
  EXPECT_EQ(Run(kAdd), "");
  EXPECT_EQ(Commit(), "");
  EXPECT_EQ(Cents(1), "101");
}

TEST_F(QtTest, AConflictIs40001AndTriedAgain) {
  std::vector<std::string> states;
  do {
    EXPECT_TRUE(database().transaction());
    EXPECT_EQ(Run("UPDATE account SET cents = cents * 2 WHERE id = 1"), "");
    if (states.empty()) BeFaster();
    states.push_back(Commit());
  } while (states.back() == "40001" && states.size() < 3);
  EXPECT_THAT(states, ElementsAre("40001", ""));
  EXPECT_EQ(Cents(1), "202");
}

// Qt looks at what COMMIT says it was.
TEST_F(QtTest, CommitAfterAnErrorFails) {
  EXPECT_TRUE(database().transaction());
  EXPECT_EQ(Run(kAdd), "");
  EXPECT_EQ(Run("INSERT INTO account VALUES (1)"), "23505");
  EXPECT_EQ(Run("SELECT 1"), "25P02");
  EXPECT_FALSE(database().commit());
  EXPECT_EQ(Cents(1), "100");
}

TEST_F(QtTest, TableModelsReadOnly) {
  QSqlTableModel model;
  model.setTable("account");
  model.setEditStrategy(QSqlTableModel::OnManualSubmit);
  ASSERT_TRUE(model.select());
  EXPECT_EQ(model.rowCount(), 2);
  EXPECT_TRUE(model.setData(model.index(0, 1), "Bob"));
  EXPECT_FALSE(model.submitAll());
  EXPECT_EQ(SqlState(model.lastError()), "0A000");
}

TEST_F(QtTest, TheCatalogIsRead) {
  EXPECT_EQ(database().tables(), QStringList{"account"});
  EXPECT_EQ(database().record("account").count(), 3);
  EXPECT_EQ(database().primaryIndex("account").fieldName(0), "id");
}

TEST_F(QtTest, NotificationsAreRefused) {
  EXPECT_FALSE(database().driver()->subscribeToNotification("changes"));
}

}  // namespace
}  // namespace dsql_testing
