// SPDX-License-Identifier: Apache-2.0

// Runs the program as a user does.

#include <stdlib.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace {

struct Outcome {
  int status = -1;
  std::string output;
};

Outcome LintFile(const std::string& name, const std::string& sql) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path) << sql;
  const std::string output = path + ".out";
  const std::string command = "cd " + testing::TempDir() + " && " +
                              std::string(getenv("TEST_SRCDIR")) + "/" +
                              getenv("TEST_WORKSPACE") + "/examples/lint " +
                              name + " > " + output;
  Outcome outcome;
  outcome.status = WEXITSTATUS(system(command.c_str()));
  std::ifstream file(output);
  outcome.output.assign(std::istreambuf_iterator<char>(file), {});
  return outcome;
}

TEST(LintTest, PrintsFindings) {
  const Outcome outcome =
      LintFile("bad.sql", "SELECT 1;\n  CREATE INDEX i ON t (a);\n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.output,
            "bad.sql:2:3: unsupported mode. please use CREATE INDEX ASYNC. "
            "[create-index-sync]; instead: CREATE INDEX ASYNC\n");
}

TEST(LintTest, PrintsNothingWhereNothingIsWrong) {
  const Outcome outcome = LintFile("good.sql", "SELECT 1;\n");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output, "");
}

TEST(LintTest, ReadsWhatPostgres16Added) {
  const Outcome outcome = LintFile(
      "sixteen.sql",
      "SELECT JSON_OBJECT('a' VALUE 1) IS JSON, SYSTEM_USER FROM (SELECT 1);\n"
      "CREATE TABLE t (a text STORAGE plain,\n  b serial);\n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.output.substr(0, 17), "sixteen.sql:3:5: ");
}

TEST(LintTest, SaysWhatItCannotRead) {
  const std::string program = std::string(getenv("TEST_SRCDIR")) + "/" +
                              getenv("TEST_WORKSPACE") + "/examples/lint";
  EXPECT_EQ(WEXITSTATUS(system((program + " /nonexistent").c_str())), 2);
}

}  // namespace
