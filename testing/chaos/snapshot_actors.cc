// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/snapshot_actors.h"

#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/chaos/control_port.h"
#include "testing/chaos/sql_client.h"

namespace dsql_testing {
namespace {

constexpr int kRows = 30;
constexpr int kWrites = 10;

using Rows = std::map<std::string, int64_t>;

absl::StatusOr<Rows> RowsOf(const dsql::postgres::Result& result) {
  Rows rows;
  for (int row = 0; row < result.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const auto key, result.Get<std::string>(row, 0));
    DSQL_ASSIGN_OR_RETURN(rows[key], result.Get<int64_t>(row, 1));
  }
  return rows;
}

class Restorer : public Actor {
 public:
  explicit Restorer(const Part& part)
      : Actor(part),
        client_(&this->part()),
        rows_(ledger("restored")),
        next_(int64_t{part.round + 1} * 1000000) {}

  absl::Status Prepare() override {
    DSQL_RETURN_IF_ERROR(client_.Insist(
        "CREATE TABLE IF NOT EXISTS restored (k text PRIMARY KEY, v bigint)"));
    return client_.Insist(
        "CREATE TABLE IF NOT EXISTS bystander (k int PRIMARY KEY, v bigint)");
  }

  void Step() override {
    const auto cluster = part().world->cluster(part().cluster);
    if (!cluster.ok()) return Violate(cluster.status().ToString());
    for (int i = 0; i < kWrites; ++i) Write();
    Look();
    if (!snapshot_.has_value() || Random(3) == 0) {
      Take(*cluster);
    } else if (Random(4) == 0) {
      MakeAnother();
    } else {
      GoBack(*cluster);
    }
    PauseRandomly(absl::Milliseconds(300));
  }

  absl::Status Judge() override {
    Look();
    return absl::OkStatus();
  }

 private:
  void Write() {
    const std::string key = absl::StrCat("k", Random(kRows));
    const int64_t value = next_++;
    rows_->Settle(key, value,
                  client_.Write(absl::StrCat(
                      "INSERT INTO restored VALUES ('", key, "', ", value,
                      ") ON CONFLICT (k) DO UPDATE SET v = excluded.v")));
  }

  void Look() {
    const auto result = client_.Ask("SELECT k, v FROM restored");
    if (result.ok()) Compare(*result, *rows_, "");
  }

  void Take(const dsql::Cluster& cluster) {
    station().Do("takes a snapshot");
    const auto taken = cluster.Snapshot();
    station().Rest();
    if (!taken.ok()) {
      if (!IsToBeExpected(taken.status()))
        Violate(absl::StrCat("Snapshot: ", taken.status().ToString()));
      return;
    }
    Count("snapshots");
    snapshot_ = *taken;
    kept_ = rows_->entries();
    if (Random(3) == 0) SaveAndLoad();
  }

  void SaveAndLoad() {
    const std::string path = part().world->directory() + "/saved";
    station().Do("saves and loads a snapshot");
    const absl::Status saved = snapshot_->SaveTo(path);
    auto loaded = dsql::ClusterSnapshot::LoadFrom(path);
    std::error_code error;
    std::filesystem::remove_all(path, error);
    station().Rest();
    if (!saved.ok() || !loaded.ok()) {
      return Violate(absl::StrCat("SaveTo: ", saved.ToString(),
                                  ", LoadFrom: ", loaded.status().ToString()));
    }
    snapshot_ = *std::move(loaded);
    Count("snapshots loaded");
  }

  void GoBack(const dsql::Cluster& cluster) {
    station().Do("goes back to a snapshot");
    const absl::Status status = cluster.Restore(*snapshot_);
    station().Rest();
    if (status.ok()) {
      rows_->Reset(kept_);
      Count("restores");
      return Look();
    }
    if (!IsToBeExpected(status))
      Violate(absl::StrCat("Restore: ", status.ToString()));
    // By halves there is nothing, but nobody knows which whole it is.
    for (const auto& [key, entry] : kept_) {
      for (const Ledger::Value& value : entry.possible)
        rows_->Settle(key, value, Outcome::kUnknown);
    }
    for (const auto& [key, entry] : rows_->entries()) {
      if (kept_.count(key) == 0)
        rows_->Settle(key, absl::nullopt, Outcome::kUnknown);
    }
  }

  void MakeAnother() {
    station().Do("makes a cluster of a snapshot");
    auto made = part().world->fake().CreateCluster(*snapshot_);
    station().Rest();
    if (!made.ok()) {
      // Scripted ones.
      if (!IsToBeTriedAgain(made.status()) && !IsToBeExpected(made.status()))
        Violate(absl::StrCat("CreateCluster: ", made.status().ToString()));
      return;
    }
    Count("clusters made of snapshots");
    station().Do("uses a cluster made of a snapshot");
    auto connection = made->Connect();
    if (!IsToBeExpected(connection.status()))
      Violate(connection.status().ToString());
    if (connection.ok()) {
      const auto result = connection->Execute("SELECT k, v FROM restored");
      Ledger kept;
      kept.Reset(kept_);
      if (result.ok())
        Compare(*result, kept, "in a cluster made of a snapshot: ");
    }
    station().Do("deletes a cluster made of a snapshot");
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(made->identifier());
    input.set_client_token(made->identifier());
    for (int i = 0; i < 200; ++i) {
      const auto deleted = part().world->fake().clusters().DeleteCluster(input);
      if (deleted.ok() || !IsToBeTriedAgain(deleted.status())) break;
    }
    station().Rest();
  }

  void Compare(const dsql::postgres::Result& result, const Ledger& with,
               absl::string_view where) {
    const auto found = RowsOf(result);
    if (!found.ok()) return Violate(found.status().ToString());
    for (const std::string& wrong : with.Compare(*found))
      Violate(absl::StrCat(where, wrong));
  }

  SqlClient client_;
  Ledger* const rows_;
  int64_t next_;
  absl::optional<dsql::ClusterSnapshot> snapshot_;
  // What rows_ was then.
  Ledger::Entries kept_;
};

class Bystander : public Actor {
 public:
  explicit Bystander(const Part& part) : Actor(part), client_(&this->part()) {}

  void Step() override {
    client_.Commit({absl::StrCat("INSERT INTO bystander VALUES (", Random(10),
                                 ", 1) ON CONFLICT (k) DO UPDATE SET v ="
                                 " bystander.v + 1")});
    PauseRandomly(absl::Milliseconds(10));
  }

 private:
  SqlClient client_;
};

}  // namespace

std::unique_ptr<Actor> MakeRestorer(const Part& part) {
  return std::make_unique<Restorer>(part);
}

std::unique_ptr<Actor> MakeBystander(const Part& part) {
  return std::make_unique<Bystander>(part);
}

}  // namespace dsql_testing
