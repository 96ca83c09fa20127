// SPDX-License-Identifier: Apache-2.0

// The data of a server as it was at one moment, and servers that start from it.

#ifndef DSQL_POSTGRES_DATA_SNAPSHOT_H_
#define DSQL_POSTGRES_DATA_SNAPSHOT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/postgres/snapshot_manifest.h"

namespace dsql::postgres {

// A copy of a data directory that never changes, in a directory that goes with
// this object and the process (see DataDirectory), and the pools of servers
// that start as copies of it.
//
// Thread-safety: safe.
class DataSnapshot {
 public:
  // Of the server of `lease`, which a pool with `options` has lent. All that
  // was committed before is in it.
  //
  // Errors: those of Lease::CopyData().
  static absl::StatusOr<std::shared_ptr<DataSnapshot>> Take(
      const Lease& lease, const ServerPoolOptions& options);

  // What Save() wrote, maybe in another process.
  //
  // Errors: NotFound where there is nothing; DataLoss where it is not complete;
  //   FailedPrecondition for another format, or another machine's.
  static absl::StatusOr<std::shared_ptr<DataSnapshot>> Load(
      const std::string& directory);

  // Makes `directory`, of mode 0700, whole or not at all.
  //
  // Errors: AlreadyExists where it has something in it; those of the disk.
  absl::Status Save(const std::string& directory) const;

  // Makes `to`, which must not exist, a data directory of a server with
  // `options` on `host`.
  //
  // Errors: FailedPrecondition where such a server would not be of the kind
  // that
  //   the snapshot was taken of; those of the disk.
  absl::Status CopyTo(const PostgresServer::Host& host,
                      const ServerOptions& options,
                      const std::string& to) const;

  // The pool of servers with `options` that start from this. It is the same one
  // at each call, and lives as long as this object.
  //
  // Errors: FailedPrecondition where such servers would not be of the kind that
  //   the snapshot was taken of.
  absl::StatusOr<std::shared_ptr<ServerPool>> Pool(
      const ServerPoolOptions& options) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // What the pools share with this.
  struct Files;
  class Launcher;

  explicit DataSnapshot(std::shared_ptr<Files> files);

  const std::shared_ptr<Files> files_;
  absl::Mutex mutex_;
  std::vector<std::shared_ptr<ServerPool>> pools_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_DATA_SNAPSHOT_H_
