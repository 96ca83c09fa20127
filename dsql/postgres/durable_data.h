// SPDX-License-Identifier: Apache-2.0

// The data of one database that outlives its server and the process.

#ifndef DSQL_POSTGRES_DURABLE_DATA_H_
#define DSQL_POSTGRES_DURABLE_DATA_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/postgres/snapshot_manifest.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {

// A directory with generations of a data directory, of which one counts:
//
//   lock        held by this object, and by each process of the server that it
//               is given to
//   CURRENT     the number of the generation that counts
//   <number>/   MANIFEST, which says what kind of server it is for, and `data`
//
// So a restore from a snapshot happens whole or not at all, whatever ends the
// process, and the power: it is another generation until CURRENT names it.
//
// Thread-safety: not safe.
class DurableData {
 public:
  // Takes `directory`, which is made where it is missing, in one that is there.
  // Others than its owner only pass through it where `others_pass`: a server
  // that runs as another user.
  //
  // Errors: DeadlineExceeded where a server still runs on it after `timeout`,
  //   as one does for a moment whose process was killed; FailedPrecondition for
  //   a newer format; DataLoss where CURRENT names what is not there; those of
  //   the disk.
  static absl::StatusOr<std::unique_ptr<DurableData>> Open(
      const std::string& directory, bool others_pass, absl::Duration timeout);

  // Whether no generation counts yet.
  bool empty() const { return current_ == 0; }

  // Of the generation that counts. Requires: !empty().
  std::string path() const;
  const SnapshotKind& kind() const { return kind_; }

  // To be inherited by the server's processes.
  int lock_fd() const { return lock_.get(); }

  // Makes data at the path that it is given, which does not exist.
  using Make = std::function<absl::Status(const std::string& to)>;
  // Has `make` make another generation, which does not count yet. What was
  // staged before is removed.
  absl::Status Stage(const SnapshotKind& kind, const Make& make);
  // Whether Activate() would have another generation count.
  bool has_staged() const { return staged_ != 0; }
  // Has the generation count that was staged, and removes the one before.
  // Requires: Stage() was OK, and no server runs on the one before.
  absl::Status Activate();

  // Removes everything. Requires: no server runs on it. Only to be destroyed
  // afterwards.
  absl::Status Remove();
  // The same of a directory that nobody has opened; OK where there is none.
  static absl::Status RemoveIn(const std::string& directory);

 private:
  DurableData(std::string directory, bool others_pass)
      : directory_(std::move(directory)), others_pass_(others_pass) {}

  std::string PathOf(int generation) const;
  absl::Status MakeDirectory(const std::string& path) const;
  absl::Status ReadCurrent();
  // Of processes that ended between Stage() and the end of Activate().
  absl::Status RemoveOthers() const;

  const std::string directory_;
  const bool others_pass_;
  UniqueFd lock_;
  // 0: none.
  int current_ = 0;
  int staged_ = 0;
  SnapshotKind kind_;
  SnapshotKind staged_kind_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_DURABLE_DATA_H_
