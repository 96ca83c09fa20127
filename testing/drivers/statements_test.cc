// SPDX-License-Identifier: Apache-2.0

// What drivers and ORMs send when they connect, introspect and migrate, through
// the gateway to a real server: each statement has the answer that DSQL gives.
// A divergence is data as well; its test fails when it ends.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "gtest/gtest.h"
#include "testing/drivers/statement_file.h"

namespace dsql_testing {
namespace {

constexpr char kFolder[] = "testing/drivers/statements";

struct ConnectionCloser {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

std::vector<std::string> Drivers() {
  std::vector<std::string> drivers;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    drivers.push_back(entry.path().stem().string());
  }
  std::sort(drivers.begin(), drivers.end());
  return drivers;
}

class StatementsTest : public FakeDsqlTest,
                       public testing::WithParamInterface<std::string> {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = FakeDsqlTest::Options();
    // Jobs end when they like.
    options.transactions.schema_conflicts = false;
    return options;
  }
};

TEST_P(StatementsTest, AnswersAreThoseOfDsql) {
  const std::string path = absl::StrCat(kFolder, "/", GetParam(), ".sql");
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::vector<DriverStatement> statements = ParseStatements(text);
  ASSERT_FALSE(statements.empty()) << path;
  const std::unique_ptr<PGconn, ConnectionCloser> connection(
      PQconnectdb(ConnectionInfo().ToConninfo().c_str()));
  ASSERT_EQ(PQstatus(connection.get()), CONNECTION_OK)
      << PQerrorMessage(connection.get());
  for (const DriverStatement& statement : statements) {
    const std::string answer = AnswerOf(connection.get(), statement);
    const bool diverges = !statement.divergence.empty();
    const std::string& expected =
        diverges ? statement.divergence : statement.answer;
    if (answer == expected) continue;
    ADD_FAILURE_AT(path.c_str(), statement.line)
        << (diverges && answer == statement.answer
                ? "The divergence has ended; its line goes:\n"
                : "")
        << statement.sql << "\n  is answered  " << answer << "\n  instead of   "
        << expected;
  }
}

INSTANTIATE_TEST_SUITE_P(Drivers, StatementsTest, testing::ValuesIn(Drivers()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace dsql_testing
