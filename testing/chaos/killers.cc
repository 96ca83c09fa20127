// SPDX-License-Identifier: Apache-2.0

#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/postgres/libpq.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/chaos/control_port.h"
#include "testing/chaos/fault_actors.h"
#include "testing/chaos/sql_client.h"

namespace dsql_testing {
namespace {

constexpr int kMostTries = 200;

class SessionKiller : public Actor {
 public:
  explicit SessionKiller(const Part& part)
      : Actor(part), client_(&this->part()) {}

  void Step() override {
    if (Random(2) == 0) {
      Terminate();
    } else {
      Signal();
    }
    PauseRandomly(absl::Milliseconds(400));
  }

 private:
  void Terminate() {
    if (client_.Connect() == nullptr) return;
    const auto killed = client_.Ask(absl::StrCat(
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM"
        " pg_stat_activity WHERE usename = 'admin' AND pid <> ",
        PQbackendPID(client_.Connect()->raw()),
        " ORDER BY random() LIMIT 2) x"));
    if (killed.ok()) {
      part().journal->Count("sessions terminated",
                            killed->Scalar<int64_t>().value_or(0));
    }
  }

  void Signal() {
    const std::vector<pid_t> backends = part().world->Backends();
    if (backends.empty()) return;
    const pid_t pid = backends[Random(static_cast<int>(backends.size()))];
    if (!part().world->IsServerProcess(pid)) return;
    if (kill(pid, SIGTERM) == 0) Count("backends ended by SIGTERM");
  }

  SqlClient client_;
};

class ServerKiller : public Actor {
 public:
  explicit ServerKiller(const Part& part) : Actor(part) {}

  void Step() override {
    Pause(absl::Milliseconds(500 + Random(4000)));
    const std::vector<pid_t> processes = part().world->ServerProcesses();
    if (processes.empty()) return;
    const pid_t pid = processes[Random(static_cast<int>(processes.size()))];
    if (!part().world->IsServerProcess(pid)) return;
    if (kill(pid, SIGKILL) == 0) Count("servers killed");
  }
};

class Doomed : public Actor {
 public:
  explicit Doomed(const Part& part) : Actor(part) {}

  void Step() override {
    station().Do("makes a cluster that is to die");
    auto made = part().world->fake().CreateCluster();
    if (!made.ok()) {
      Check(made.status());
      return PauseRandomly(absl::Milliseconds(100));
    }
    KillServer(*made);
    station().Do("deletes a cluster whose server died");
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(made->identifier());
    input.set_client_token(made->identifier());
    absl::Status deleted;
    for (int i = 0; i < kMostTries; ++i) {
      deleted = part().world->fake().clusters().DeleteCluster(input).status();
      if (!IsToBeTriedAgain(deleted)) break;
    }
    if (!deleted.ok()) Violate(deleted.ToString());
    station().Rest();
    PauseRandomly(absl::Seconds(2));
  }

 private:
  void KillServer(const dsql::Cluster& cluster) {
    station().Do("uses a cluster that is to die");
    auto connection = cluster.Connect();
    if (!connection.ok()) return Check(connection.status());
    const pid_t pid = PQbackendPID(connection->raw());
    if (!part().world->IsServerProcess(pid)) return;
    kill(pid, SIGKILL);
    Count("servers killed for good");
    connection->set_statement_timeout(SqlClient::kPatience);
    const absl::Status told = connection->Execute("SELECT 1").status();
    if (told.ok()) Violate("a backend that was killed answers");
    Check(told);
    Check(cluster.Connect().status());
  }

  // What is no operation tells the storage's own error.
  void Check(const absl::Status& status) {
    if (!IsToBeExpected(status) && !IsToBeTriedAgain(status))
      Violate(status.ToString());
  }
};

}  // namespace

std::unique_ptr<Actor> MakeSessionKiller(const Part& part) {
  return std::make_unique<SessionKiller>(part);
}

std::unique_ptr<Actor> MakeServerKiller(const Part& part) {
  return std::make_unique<ServerKiller>(part);
}

std::unique_ptr<Actor> MakeDoomed(const Part& part) {
  return std::make_unique<Doomed>(part);
}

}  // namespace dsql_testing
