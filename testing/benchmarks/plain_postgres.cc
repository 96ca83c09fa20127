// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/plain_postgres.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/binaries.h"
#include "dsql/postgres/child_process.h"
#include "dsql/postgres/command.h"
#include "dsql/postgres/run_as.h"

namespace dsql_testing {
namespace {

namespace postgres = ::dsql::postgres;

constexpr absl::Duration kStartTimeout = absl::Seconds(30);

}  // namespace

absl::StatusOr<std::unique_ptr<PlainPostgres>> PlainPostgres::Start(
    const std::vector<std::string>& settings) {
  std::unique_ptr<PlainPostgres> server(new PlainPostgres);
  server->directory_ = "/dev/shm/plain-postgres.XXXXXX";
  if (mkdtemp(&server->directory_[0]) == nullptr) {
    return absl::InternalError("mkdtemp failed");
  }
  DSQL_ASSIGN_OR_RETURN(const postgres::Binaries binaries,
                        postgres::FindBinaries());
  DSQL_ASSIGN_OR_RETURN(const postgres::RunAs run_as, postgres::ResolveRunAs());
  const std::string data = server->directory_ + "/data";
  postgres::Command initdb;
  initdb.argv = {binaries.initdb(), "-D", data,   "-U",
                 "postgres",        "-A", "trust"};
  initdb.run_as = run_as;
  DSQL_RETURN_IF_ERROR(postgres::RunCommand(initdb).status());
  postgres::ChildSpec child;
  child.argv = {binaries.postgres(), "-D", data, "-k",
                server->directory_,  "-h", ""};
  for (const std::string& setting : settings) {
    child.argv.push_back("-c");
    child.argv.push_back(setting);
  }
  child.run_as = run_as;
  DSQL_ASSIGN_OR_RETURN(server->pid_, postgres::SpawnChild(child));
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (true) {
    auto connection = server->Connect();
    if (connection.ok()) {
      DSQL_RETURN_IF_ERROR(connection->Execute("SELECT 1").status());
      return server;
    }
    if (absl::Now() > deadline) return connection.status();
    absl::SleepFor(absl::Milliseconds(1));
  }
}

PlainPostgres::~PlainPostgres() {
  if (pid_ > 0) {
    kill(pid_, SIGQUIT);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> PlainPostgres::FakeDsqlSettings() {
  return {"fsync=off",
          "synchronous_commit=off",
          "full_page_writes=off",
          "autovacuum=off",
          "jit=off",
          "shared_buffers=16MB",
          "wal_level=minimal",
          "max_wal_senders=0",
          "max_connections=600",
          "max_locks_per_transaction=12",
          "max_pred_locks_per_transaction=10"};
}

absl::StatusOr<postgres::Connection> PlainPostgres::Connect(
    const std::string& database) const {
  return postgres::Connection::Open(
      absl::StrCat("host=", directory_, " user=postgres dbname=", database));
}

}  // namespace dsql_testing
