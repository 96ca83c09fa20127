// SPDX-License-Identifier: Apache-2.0

// What a user sees who runs tests: what a failing one prints, and a server that
// DSQL_KEEP=1 leaves.

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/postgres/connection.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::Connection;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int status = -1;
  // What it printed.
  std::string output;
};

// The program's test of that name, as a user runs it. What it prints goes to a
// file: a server that is kept might hold a pipe open.
Outcome RunProgram(const std::string& name,
                   const std::string& environment = "") {
  const std::string path = ::testing::TempDir() + "/output";
  // What Bazel tells the test is not for the program.
  const std::string command = absl::StrCat(
      "env -u XML_OUTPUT_FILE -u TEST_PREMATURE_EXIT_FILE ", environment,
      " testing/order_program --gtest_filter=OrderProgram.", name, " >", path,
      " 2>&1 </dev/null");
  Outcome outcome;
  outcome.status = WEXITSTATUS(system(command.c_str()));
  std::ifstream file(path);
  outcome.output.assign(std::istreambuf_iterator<char>(file), {});
  return outcome;
}

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

TEST(OrderProgramTest, AFailingTestPrintsItsCallsAndItsSql) {
  const Outcome failed = RunProgram("Fails");
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(
      failed.output,
      AllOf(HasSubstr("Operations that were called:\nGetCluster {identifier: "
                      "\"abcdefghijklmnopqrstuvwxyz\"} in us-east-1 -> "
                      "ResourceNotFoundException"),
            HasSubstr("SQL of cluster "),
            HasSubstr("INSERT INTO orders VALUES (7) -> INSERT 0 1"),
            Not(HasSubstr("CreateCluster"))));
}

TEST(OrderProgramTest, APassingTestPrintsNeither) {
  const Outcome passed = RunProgram("Passes");
  EXPECT_EQ(passed.status, 0) << passed.output;
  EXPECT_THAT(passed.output,
              AllOf(Not(HasSubstr("INSERT")), Not(HasSubstr("DSQL_KEEP"))));
}

// Does what it says: looks at the rows, then ends the server.
TEST(OrderProgramTest, AKeptServerIsThereUntilItIsEnded) {
  const Outcome passed = RunProgram("Passes", "DSQL_KEEP=1");
  ASSERT_EQ(passed.status, 0) << passed.output;
  std::smatch said;
  ASSERT_TRUE(std::regex_search(
      passed.output, said,
      std::regex("DSQL_KEEP=1: PostgreSQL, pid [0-9]+, data in (\\S+)\\. Look "
                 "at it with\n  \\S+/psql \"(.*)\"\nand end it with\n"
                 "  (kill [0-9]+)\n")))
      << passed.output;
  const std::string directory = said[1], conninfo = said[2], end = said[3];
  EXPECT_TRUE(Exists(directory + "/log")) << directory;
  {
    // Whatever comes of it, the server is ended.
    auto connection = Connection::Open(conninfo);
    EXPECT_THAT(connection, IsOk());
    if (connection.ok()) {
      EXPECT_THAT(connection->Execute("SELECT id FROM orders"), IsScalar(7));
    }
  }
  ASSERT_EQ(system(end.c_str()), 0);
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Exists(directory) && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(10));
  EXPECT_FALSE(Exists(directory)) << directory;
}

}  // namespace
}  // namespace dsql_testing
