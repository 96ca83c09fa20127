// SPDX-License-Identifier: Apache-2.0

// What is in a cluster at one moment, to go back to.
//
//   auto prepared = cluster.Snapshot();
//   ...
//   absl::Status status = cluster.Restore(*prepared);
//
// A fixture names its schema and seed once instead: FakeDsqlTest::Prepare() of
// dsql/testing/fake_dsql_fixture.h.

#ifndef DSQL_CLUSTER_SNAPSHOT_H_
#define DSQL_CLUSTER_SNAPSHOT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dsql {

namespace postgres {
class DataSnapshot;
}  // namespace postgres

// ClusterSnapshot is all that a cluster's SQL can see: tables and rows, roles
// and grants, AWS IAM GRANTs, sequences, jobs, `sys`. What the control plane
// knows of the cluster (its tags, its policy) is not in it. Made by
// Cluster::Snapshot(), for Cluster::Restore() and FakeDsql::CreateCluster(),
// of any FakeDsql whose servers have the same options.
//
// A value, cheap to copy, that never changes. Its data, a directory and one or
// two servers that wait to be used, are gone with the last copy, the last
// cluster that was made from it, and the process, however that ends.
//
// Thread-safety: const methods are safe.
class ClusterSnapshot {
 public:
  // Of nothing: methods and who is given it answer FailedPrecondition.
  ClusterSnapshot() = default;

  // Writes it to `directory`, which is made, with mode 0700; LoadFrom() reads
  // it in another process. It appears when it is complete. About 10 MB.
  //
  // Errors: AlreadyExists where something is there; those of the disk.
  absl::Status SaveTo(const std::string& directory) const;

  // What SaveTo() wrote; `directory` is not needed afterwards.
  //
  // Errors: NotFound; DataLoss where files are missing or cut;
  //   FailedPrecondition for what another version of FakeDsql, or another kind
  //   of machine, has written. That PostgreSQL is of another version, or that
  //   the options are others, is told when it is used.
  static absl::StatusOr<ClusterSnapshot> LoadFrom(const std::string& directory);

 private:
  friend class FakeDsqlCore;
  explicit ClusterSnapshot(std::shared_ptr<postgres::DataSnapshot> data)
      : data_(std::move(data)) {}

  std::shared_ptr<postgres::DataSnapshot> data_;
};

}  // namespace dsql

#endif  // DSQL_CLUSTER_SNAPSHOT_H_
