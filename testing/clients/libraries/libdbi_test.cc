// SPDX-License-Identifier: Apache-2.0

// libdbi 0.9 with its driver for PostgreSQL.

#include <dbi/dbi.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/library_fixture.h"
#include "testing/clients/libraries/tools.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAdd[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

class LibdbiTest : public LibraryTest {
 protected:
  void SetUp() override {
    if (FindFile("/usr/lib/*/dbd/libdbdpgsql.so").empty())
      DSQL_SKIP_WITHOUT_TOOL(
          "libdbi has no driver pgsql: apt-get install "
          "libdbd-pgsql");
    LibraryTest::SetUp();
    if (HasFatalFailure()) return;
    ASSERT_GT(dbi_initialize_r(nullptr, &instance_), 0);
    connection_ = dbi_conn_new_r("pgsql", instance_);
    ASSERT_NE(connection_, nullptr);
    const auto info = ConnectionInfo();
    int port = 0;
    ASSERT_TRUE(absl::SimpleAtoi(info.port, &port));
    Option("host", info.host);
    dbi_conn_set_option_numeric(connection_, "port", port);
    Option("username", info.user);
    Option("password", info.password);
    Option("dbname", info.database);
    for (const auto& [name, value] : info.others) {
      Option("pgsql_" + name, value);
    }
    ASSERT_EQ(dbi_conn_connect(connection_), 0) << Error();
  }

  void TearDown() override {
    if (connection_ != nullptr) dbi_conn_close(connection_);
    if (instance_ != nullptr) dbi_shutdown_r(instance_);
    LibraryTest::TearDown();
  }

  void Option(const std::string& name, const std::string& value) {
    dbi_conn_set_option(connection_, name.c_str(), value.c_str());
  }

  std::string Error() {
    const char* text = nullptr;
    dbi_conn_error(connection_, &text);
    return text == nullptr ? "" : text;
  }

  // "" where it succeeds, else the text: there is no SQLSTATE.
  std::string Exec(const std::string& sql) {
    dbi_result result = dbi_conn_query(connection_, sql.c_str());
    if (result == nullptr) return Error();
    dbi_result_free(result);
    return "";
  }

  dbi_inst instance_ = nullptr;
  dbi_conn connection_ = nullptr;
};

TEST_F(LibdbiTest, RowsAndNulls) {
  dbi_result rows = dbi_conn_query(
      connection_, "SELECT id, name, cents FROM account ORDER BY id");
  ASSERT_NE(rows, nullptr) << Error();
  ASSERT_TRUE(dbi_result_next_row(rows));
  EXPECT_STREQ(dbi_result_get_string(rows, "name"), "Alice");
  EXPECT_EQ(dbi_result_get_longlong(rows, "cents"), 100);
  ASSERT_TRUE(dbi_result_next_row(rows));
  EXPECT_EQ(dbi_result_get_int(rows, "id"), 2);
  EXPECT_EQ(dbi_result_field_is_null(rows, "name"), 1);
  EXPECT_FALSE(dbi_result_next_row(rows));
  dbi_result_free(rows);
}

// It has no parameters; it quotes.
TEST_F(LibdbiTest, QuotedValues) {
  char* name = nullptr;
  ASSERT_GT(dbi_conn_quote_string_copy(connection_, "O'Neill", &name), 0u);
  EXPECT_EQ(Exec(absl::StrCat("INSERT INTO account VALUES (3, ", name, ")")),
            "");
  free(name);
  EXPECT_EQ(Value("SELECT name FROM account WHERE id = 3"), "O'Neill");
}

TEST_F(LibdbiTest, TransactionsCommitAndRollBack) {
  EXPECT_EQ(dbi_conn_transaction_begin(connection_), 0);
  EXPECT_EQ(Exec(kAdd), "");
  EXPECT_EQ(dbi_conn_transaction_rollback(connection_), 0);
  EXPECT_EQ(Cents(1), "100");
  EXPECT_EQ(dbi_conn_transaction_begin(connection_), 0);
  EXPECT_EQ(Exec(kAdd), "");
  EXPECT_EQ(dbi_conn_transaction_commit(connection_), 0);
  EXPECT_EQ(Cents(1), "101");
}

// Nobody is told why.
TEST_F(LibdbiTest, ItsOwnCommitHidesTheConflict) {
  EXPECT_EQ(dbi_conn_transaction_begin(connection_), 0);
  EXPECT_EQ(Exec(kAdd), "");
  BeFaster();
  EXPECT_EQ(dbi_conn_transaction_commit(connection_), 1);
  EXPECT_THAT(Error(), Not(HasSubstr("OC000")));
}

TEST_F(LibdbiTest, AConflictIsKnownByTheTextOfCommitAndTriedAgain) {
  std::vector<std::string> errors;
  do {
    EXPECT_EQ(Exec("BEGIN"), "");
    EXPECT_EQ(Exec("UPDATE account SET cents = cents * 2 WHERE id = 1"), "");
    if (errors.empty()) BeFaster();
    errors.push_back(Exec("COMMIT"));
  } while (absl::StrContains(errors.back(), "(OC000)") && errors.size() < 3);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("(OC000)"), ""));
  EXPECT_EQ(Cents(1), "202");
}

TEST_F(LibdbiTest, CommitAfterAnErrorSaysNothing) {
  EXPECT_EQ(dbi_conn_transaction_begin(connection_), 0);
  EXPECT_EQ(Exec(kAdd), "");
  EXPECT_THAT(Exec("INSERT INTO account VALUES (1)"),
              HasSubstr("duplicate key"));
  EXPECT_EQ(dbi_conn_transaction_commit(connection_), 0);
  EXPECT_EQ(Cents(1), "100");
}

TEST_F(LibdbiTest, SavepointsAreRefused) {
  EXPECT_EQ(dbi_conn_transaction_begin(connection_), 0);
  EXPECT_EQ(dbi_conn_savepoint(connection_, "s"), 1);
  EXPECT_THAT(Exec(kAdd), HasSubstr("current transaction is aborted"));
}

}  // namespace
}  // namespace dsql_testing
