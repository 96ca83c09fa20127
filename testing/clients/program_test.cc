// SPDX-License-Identifier: Apache-2.0

// PostgreSQL's own programs: psql and pgbench.

#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/binaries.h"
#include "dsql/postgres/command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Empty where the program is not installed.
std::string FindProgram(const std::string& name) {
  const auto binaries = dsql::postgres::FindBinaries();
  for (const std::string& directory :
       {binaries.ok() ? binaries->bin_dir : "", std::string("/usr/bin")}) {
    const std::string path = absl::StrCat(directory, "/", name);
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

class ProgramTest : public ClientTest {
 protected:
  // What it prints, or the error.
  std::string RunProgram(const std::vector<std::string>& argv,
                         const std::string& input = "") {
    dsql::postgres::Command command;
    command.argv = argv;
    command.input = input;
    const auto output = dsql::postgres::RunCommand(command);
    return output.ok() ? *output : std::string(output.status().message());
  }

  // Runs a script in psql, unaligned and without headings.
  std::string Psql(const std::string& script) {
    return RunProgram({psql_, "-XAtq", "-v", "ON_ERROR_STOP=1",
                       ConnectionInfo().ToConninfo()},
                      script);
  }

  const std::string psql_ = FindProgram("psql");
};

TEST_F(ProgramTest, PsqlRunsAScript) {
  ASSERT_NE(psql_, "");
  EXPECT_EQ(Psql("CREATE TABLE t (id int PRIMARY KEY, name text);\n"
                 "INSERT INTO t VALUES (1, 'one'), (2, 'two');\n"
                 "BEGIN;\n"
                 "UPDATE t SET name = upper(name) WHERE id = 2;\n"
                 "COMMIT;\n"
                 "SELECT * FROM t ORDER BY id;\n"),
            "1|one\n2|TWO\n");
}

TEST_F(ProgramTest, PsqlCopies) {
  EXPECT_EQ(Psql("CREATE TABLE t (id int PRIMARY KEY, name text);\n"
                 "\\copy t FROM STDIN\n"
                 "1\tone\n"
                 "2\t\\N\n"
                 "\\.\n"
                 "\\copy t TO STDOUT\n"
                 "COPY (SELECT count(*) FROM t) TO STDOUT;\n"),
            "1\tone\n2\t\\N\n2\n");
}

TEST_F(ProgramTest, PsqlDescribes) {
  // Told that it is 16, psql asks for the catalogs that 15 and 16 have.
  const int version = dsql::postgres::FindBinaries()->major_version;
  if (version == 14) GTEST_SKIP() << "has no pg_publication_namespace";
  const std::string output = Psql(absl::StrCat(
      "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL);\n"
      "\\d t\n\\di\n\\dt\n",
      version < 17 ? "\\l\n" : "",
      "\\du\n\\dn\n\\conninfo\n\\encoding\nSELECT 1 AS one \\gdesc\n"));
  EXPECT_THAT(output, AllOf(HasSubstr("name|text||not null|"),
                            HasSubstr("t_pkey"), HasSubstr("public|t|table|"),
                            HasSubstr("one|integer"), HasSubstr("UTF8")));
}

TEST_F(ProgramTest, PsqlListsNothingOfOurs) {
  const std::string output = Psql(
      "CREATE TABLE t (id int PRIMARY KEY, name text);\n"
      "\\pset tuples_only off\n\\d t\n\\dn+\n\\dy\n\\du\n\\dt *.*\n"
      "\\dv *.*\n\\df *.*\n\\dT *.*\n"
      "\\dF\n\\dx\n\\dp *.*\n\\ddp\n\\do *.*\n\\dA\n\\drds\n\\d+ pg_tables\n");
  EXPECT_THAT(output,
              AllOf(HasSubstr("btree_index (id) INCLUDE (name)"),
                    HasSubstr("uuid_to_base32_str"), HasSubstr("sys|jobs"),
                    HasSubstr("simple"), Not(HasSubstr("dsql_internal"))));
}

TEST_F(ProgramTest, PsqlShowsWhereAnErrorIs) {
  EXPECT_THAT(Psql("SELECT 1,\n  nothing;\n"),
              AllOf(HasSubstr("ERROR:  column \"nothing\" does not exist"),
                    HasSubstr("LINE 2:   nothing")));
}

TEST_F(ProgramTest, PsqlPrintsAHundredThousandRows) {
  const std::string output =
      Psql("SELECT i, repeat('x', 50) FROM generate_series(1, 100000) s(i);");
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 100000);
}

class PgbenchTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    if (HasFatalFailure()) return;
    ASSERT_NE(pgbench_, "");
    // What `pgbench -i` makes, in DSQL's dialect.
    Run("CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, "
        "filler char(88))");
    Run("CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance "
        "int, filler char(84))");
    Run("CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance "
        "int, filler char(84))");
    Run("CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, "
        "mtime timestamp, filler char(22))");
    Run("INSERT INTO pgbench_branches VALUES (1, 0)");
    Run("INSERT INTO pgbench_tellers SELECT i, 1, 0 FROM generate_series(1, "
        "10) s(i)");
    Run("INSERT INTO pgbench_accounts SELECT i, 1, 0 FROM generate_series(1, "
        "2000) s(i)");
  }

  std::string Pgbench(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {pgbench_, "-n", "-j2", "-c8"});
    arguments.push_back(ConnectionInfo().ToConninfo());
    return RunProgram(arguments);
  }

  const std::string pgbench_ = FindProgram("pgbench");
};

TEST_F(PgbenchTest, SelectsInEveryMode) {
  for (const char* mode : {"simple", "extended", "prepared"}) {
    EXPECT_THAT(Pgbench({"-S", "-M", mode, "-t100"}),
                AllOf(HasSubstr("transactions actually processed: 800/800"),
                      HasSubstr("failed transactions: 0 ")))
        << mode;
  }
}

// All of them update the one branch, so that conflicts are frequent; pgbench
// tries again as DSQL's clients must.
TEST_F(PgbenchTest, TransactionsInEveryMode) {
  for (const char* mode : {"simple", "extended", "prepared"}) {
    EXPECT_THAT(Pgbench({"-M", mode, "-t10", "--max-tries=1000"}),
                AllOf(HasSubstr("transactions actually processed: 80/80"),
                      HasSubstr("failed transactions: 0 ")))
        << mode;
  }
  EXPECT_EQ(Value("SELECT count(*) FROM pgbench_history"), "240");
  // No change is lost, and none counts twice.
  EXPECT_EQ(Value("SELECT (SELECT sum(tbalance) FROM pgbench_tellers) = "
                  "(SELECT sum(bbalance) FROM pgbench_branches) AND (SELECT "
                  "sum(delta) FROM pgbench_history) = (SELECT sum(bbalance) "
                  "FROM pgbench_branches)"),
            "t");
}

}  // namespace
}  // namespace dsql_testing
