// SPDX-License-Identifier: Apache-2.0

// pgbouncer between clients and a cluster.

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/postgres/child_process.h"
#include "dsql/postgres/run_as.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/library_fixture.h"
#include "testing/clients/libraries/tools.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;

constexpr char kProgram[] = "/usr/sbin/pgbouncer";
constexpr absl::Duration kStartTimeout = absl::Seconds(20);
constexpr char kAdd[] = "UPDATE account SET cents = cents + 1 WHERE id = 1";

class PgbouncerTest : public LibraryTest {
 protected:
  void SetUp() override {
    if (access(kProgram, X_OK) != 0)
      DSQL_SKIP_WITHOUT_TOOL(
          "there is no pgbouncer: apt-get install pgbouncer");
    LibraryTest::SetUp();
    if (HasFatalFailure()) return;
    ca_ = std::make_unique<PublicCopy>(CaFile());
    // Its socket is made by another user.
    ASSERT_EQ(chmod(ca_->directory().c_str(), 0777), 0);
  }

  void TearDown() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      unlink((ca_->directory() + "/.s.PGSQL.6432").c_str());
      unlink((ca_->directory() + "/ini").c_str());
    }
    LibraryTest::TearDown();
  }

  // With further settings, a line each.
  void StartPgbouncer(const std::string& settings) {
    dsql::postgres::ChildSpec spec;
    spec.argv = {kProgram, WriteIni(settings)};
    spec.output_fd = STDERR_FILENO;
    spec.parent_death_signal = SIGKILL;
    const auto run_as = dsql::postgres::ResolveRunAs();
    ASSERT_TRUE(run_as.ok()) << run_as.status();
    spec.run_as = *run_as;
    const auto pid = dsql::postgres::SpawnChild(spec);
    ASSERT_TRUE(pid.ok()) << pid.status();
    pid_ = *pid;
    const absl::Time deadline = absl::Now() + kStartTimeout;
    while (PQping(BouncerConninfo().c_str()) != PQPING_OK) {
      ASSERT_LT(absl::Now(), deadline) << "pgbouncer does not answer";
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  std::string BouncerConninfo() {
    return absl::StrCat("host=", ca_->directory(),
                        " port=6432 user=admin dbname=postgres");
  }

  Client NewBounced() {
    Client client(PQconnectdb(BouncerConninfo().c_str()));
    EXPECT_EQ(PQstatus(client.get()), CONNECTION_OK)
        << PQerrorMessage(client.get());
    return client;
  }

  // The first value, or the command's tag, or the SQLSTATE.
  static std::string Do(const Client& client, const std::string& sql) {
    const Answer answer(PQexec(client.get(), sql.c_str()));
    switch (PQresultStatus(answer.get())) {
      case PGRES_TUPLES_OK:
        return PQgetvalue(answer.get(), 0, 0);
      case PGRES_COMMAND_OK:
        return PQcmdStatus(answer.get());
      default:
        break;
    }
    const char* const state =
        PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
    return state == nullptr ? PQerrorMessage(client.get()) : state;
  }

 private:
  // Returns the path of pgbouncer's settings.
  std::string WriteIni(const std::string& settings) {
    const auto info = ConnectionInfo();
    const std::string path = ca_->directory() + "/ini";
    std::ofstream(path) << "[databases]\npostgres = host=" << info.host
                        << " port=" << info.port << " dbname=" << info.database
                        << " user=" << info.user << " password='"
                        << info.password << "'\n"
                        << "[pgbouncer]\nlisten_addr =\nlisten_port = 6432\n"
                        << "unix_socket_dir = " << ca_->directory()
                        << "\nauth_type = any\n"
                        << "server_tls_sslmode = verify-full\n"
                        << "server_tls_ca_file = " << ca_->path() << "\n"
                        << settings;
    EXPECT_EQ(chmod(path.c_str(), 0644), 0);
    return path;
  }

  std::unique_ptr<PublicCopy> ca_;
  pid_t pid_ = 0;
};

TEST_F(PgbouncerTest, SessionPooling) {
  StartPgbouncer("pool_mode = session\ndefault_pool_size = 1\n");
  for (int i = 0; i < 3; ++i) {
    const Client client = NewBounced();
    EXPECT_EQ(Do(client, "SELECT count(*) FROM account"), "2");
    EXPECT_EQ(Do(client, "BEGIN"), "BEGIN");
    EXPECT_EQ(Do(client, kAdd), "UPDATE 1");
    EXPECT_EQ(Do(client, "COMMIT"), "COMMIT");
  }
  EXPECT_EQ(Cents(1), "103");
}

// DISCARD ALL, its default server_reset_query, is refused, which it ignores.
TEST_F(PgbouncerTest, SettingsOfASessionReachTheNext) {
  StartPgbouncer("pool_mode = session\ndefault_pool_size = 1\n");
  EXPECT_EQ(Do(NewBounced(), "SET search_path = sys"), "SET");
  EXPECT_EQ(Do(NewBounced(), "SHOW search_path"), "sys");
}

TEST_F(PgbouncerTest, ResetAllIsTheWayRound) {
  StartPgbouncer(
      "pool_mode = session\ndefault_pool_size = 1\n"
      "server_reset_query = RESET ALL\n");
  EXPECT_EQ(Do(NewBounced(), "SET search_path = sys"), "SET");
  EXPECT_EQ(Do(NewBounced(), "SHOW search_path"), "\"$user\", public");
}

// Two clients of one session.
TEST_F(PgbouncerTest, TransactionPooling) {
  StartPgbouncer("pool_mode = transaction\ndefault_pool_size = 1\n");
  const Client a = NewBounced();
  const Client b = NewBounced();
  for (const Client* client : {&a, &b, &a}) {
    EXPECT_EQ(Do(*client, "BEGIN"), "BEGIN");
    EXPECT_EQ(Do(*client, kAdd), "UPDATE 1");
    EXPECT_EQ(Do(*client, "COMMIT"), "COMMIT");
  }
  EXPECT_EQ(Cents(1), "103");
}

TEST_F(PgbouncerTest, AConflictIs40001AndTriedAgain) {
  StartPgbouncer("pool_mode = transaction\n");
  const Client client = NewBounced();
  std::vector<std::string> answers;
  do {
    EXPECT_EQ(Do(client, "BEGIN"), "BEGIN");
    EXPECT_EQ(Do(client, "UPDATE account SET cents = cents * 2 WHERE id = 1"),
              "UPDATE 1");
    if (answers.empty()) BeFaster();
    answers.push_back(Do(client, "COMMIT"));
  } while (answers.back() == "40001" && answers.size() < 3);
  EXPECT_THAT(answers, ElementsAre("40001", "COMMIT"));
  EXPECT_EQ(Cents(1), "202");
}

}  // namespace
}  // namespace dsql_testing
