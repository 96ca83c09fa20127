// SPDX-License-Identifier: Apache-2.0

// All of a FakeDsql at one moment, to go back to.
//
//   auto prepared = fake->Snapshot();
//   ...
//   absl::Status status = fake->Restore(*prepared);

#ifndef DSQL_FAKE_DSQL_SNAPSHOT_H_
#define DSQL_FAKE_DSQL_SNAPSHOT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dsql {

// FakeDsqlSnapshot is what the control plane knows (clusters, streams,
// policies, tags, client tokens) and a ClusterSnapshot of each cluster that
// somebody has connected to. Made by FakeDsql::Snapshot(), for
// FakeDsql::Restore(), of any FakeDsql with the same account whose servers have
// the same options. Credentials, faults and logs are not in it.
//
// A value, cheap to copy, that never changes. Its data is gone as that of a
// ClusterSnapshot is.
//
// Thread-safety: const methods are safe.
class FakeDsqlSnapshot {
 public:
  // Of nothing: methods and who is given it answer FailedPrecondition.
  FakeDsqlSnapshot() = default;

  // Writes it to `directory`, which is made, with mode 0700; LoadFrom() reads
  // it in another process. It appears when it is complete. About 10 MB for each
  // cluster with rows.
  //
  // Errors: AlreadyExists where something is there; those of the disk.
  absl::Status SaveTo(const std::string& directory) const;

  // What SaveTo() wrote; `directory` is not needed afterwards.
  //
  // Errors: as ClusterSnapshot::LoadFrom().
  static absl::StatusOr<FakeDsqlSnapshot> LoadFrom(
      const std::string& directory);

 private:
  friend class FakeDsqlCore;
  struct Content;

  explicit FakeDsqlSnapshot(std::shared_ptr<const Content> content)
      : content_(std::move(content)) {}
  absl::Status CheckNotEmpty() const;

  std::shared_ptr<const Content> content_;
};

}  // namespace dsql

#endif  // DSQL_FAKE_DSQL_SNAPSHOT_H_
