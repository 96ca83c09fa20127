// SPDX-License-Identifier: Apache-2.0

// Snapshots of a cluster and of a whole FakeDsql.

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "dsql/base/status_macros.h"
#include "dsql/control/control_snapshot.h"
#include "dsql/fake_dsql_core.h"
#include "dsql/fake_dsql_snapshot_content.h"

namespace dsql {

absl::StatusOr<ClusterSnapshot> FakeDsqlCore::Snapshot(const Cluster& cluster) {
  DSQL_RETURN_IF_ERROR(CheckRows());
  DSQL_ASSIGN_OR_RETURN(
      auto data, rows_->Snapshot(cluster.region(), cluster.identifier()));
  return ClusterSnapshot(std::move(data));
}

absl::Status FakeDsqlCore::Restore(const Cluster& cluster,
                                   const ClusterSnapshot& snapshot) {
  DSQL_RETURN_IF_ERROR(CheckRows());
  if (snapshot.data_ == nullptr) {
    return absl::FailedPreconditionError(
        "This ClusterSnapshot is empty: take one by Cluster::Snapshot()");
  }
  return rows_->Restore(cluster.region(), cluster.identifier(), snapshot.data_);
}

absl::StatusOr<std::set<std::string>> FakeDsqlCore::DatabaseIds() {
  std::set<std::string> ids;
  DSQL_ASSIGN_OR_RETURN(const auto clusters, control_->ListClusterStates());
  for (const auto& cluster : clusters) {
    if (cluster.state.status != v1::ClusterStatus::DELETING)
      ids.insert(cluster.state.database_id);
  }
  return ids;
}

absl::StatusOr<FakeDsqlSnapshot> FakeDsqlCore::Snapshot() {
  auto content = std::make_shared<FakeDsqlSnapshot::Content>();
  DSQL_ASSIGN_OR_RETURN(
      content->control_plane,
      TakeControlSnapshot(options_.storage, options_.account_id));
  if (rows_.has_value()) {
    DSQL_ASSIGN_OR_RETURN(const std::set<std::string> ids, DatabaseIds());
    for (const std::string& id : ids) {
      DSQL_ASSIGN_OR_RETURN(auto rows, rows_->SnapshotDatabase(id));
      if (rows != nullptr) content->rows[id] = std::move(rows);
    }
  }
  return FakeDsqlSnapshot(std::move(content));
}

absl::Status FakeDsqlCore::Restore(const FakeDsqlSnapshot& snapshot) {
  DSQL_RETURN_IF_ERROR(snapshot.CheckNotEmpty());
  const FakeDsqlSnapshot::Content& content = *snapshot.content_;
  if (!rows_.has_value()) {
    if (!content.rows.empty()) return CheckRows();
    return RestoreControlSnapshot(content.control_plane, options_.account_id,
                                  options_.storage);
  }
  for (const auto& [id, rows] : content.rows)
    DSQL_RETURN_IF_ERROR(rows_->CheckFits(rows.get()));
  DSQL_ASSIGN_OR_RETURN(const std::set<std::string> before, DatabaseIds());
  DSQL_RETURN_IF_ERROR(RestoreControlSnapshot(
      content.control_plane, options_.account_id, options_.storage));
  DSQL_RETURN_IF_ERROR(RestoreRows(content, before));
  return Reopen();
}

absl::Status FakeDsqlCore::RestoreRows(const FakeDsqlSnapshot::Content& content,
                                       const std::set<std::string>& before) {
  DSQL_ASSIGN_OR_RETURN(std::set<std::string> ids, DatabaseIds());
  ids.insert(before.begin(), before.end());
  for (const std::string& id : ids) {
    const auto rows = content.rows.find(id);
    DSQL_RETURN_IF_ERROR(rows_->RestoreDatabase(
        id, rows == content.rows.end() ? nullptr : rows->second));
  }
  return absl::OkStatus();
}

}  // namespace dsql
