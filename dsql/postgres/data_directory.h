// SPDX-License-Identifier: Apache-2.0

// The directory of one server: made for it, and gone with it.

#ifndef DSQL_POSTGRES_DATA_DIRECTORY_H_
#define DSQL_POSTGRES_DATA_DIRECTORY_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/directory_guardian.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {

// Layout: `data` for PostgreSQL, `log`, the unix socket, and `lock`, which is
// locked as long as this object (so this process) lives.
class DataDirectory {
 public:
  // Makes an empty directory, after removing what processes that were killed
  // left behind in the same parent and in /tmp, servers included.
  //
  // Errors: those of the disk (ResourceExhausted, PermissionDenied, NotFound).
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Create(
      const DataDirectoryOptions& options, const RunAs& run_as);

  // Removes it, see Remove().
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string data() const { return path_ + "/data"; }
  std::string log() const { return path_ + "/log"; }
  // Where the socket is: path() as long as a socket's path there fits into the
  // 107 bytes that there are, else a directory of its own under /tmp.
  const std::string& socket_directory() const { return socket_directory_; }

  // As long as a process has copies of these open the directories stay, and
  // nobody takes them for abandoned ones: not even who cannot see that process,
  // as in another container or sandbox.
  std::vector<int> held_fds() const;

  // Idempotent. Requires: no server runs in it.
  absl::Status Remove();

  // Leaves it to those who have copies of held_fds().
  void Keep();

 private:
  explicit DataDirectory(const std::string& parent);
  absl::Status Make(const RunAs& run_as);
  absl::Status MakeLocked(const std::string& directory);
  absl::Status Own(const RunAs& run_as);

  const std::string path_;
  const std::string socket_directory_;
  const pid_t owner_pid_;
  bool removed_ = false;
  std::vector<UniqueFd> locks_;
  std::unique_ptr<DirectoryGuardian> guardian_;
};

// Removes what a server that is gone has left of itself in a data directory:
// its number, which another process may have by now, and its shared memory.
// Requires: no server runs in it.
void RemoveServerFiles(const std::string& data);

// Removes the directories in `parent` whose processes are gone, and ends the
// servers that still run in them. Only those of this user and of `run_as`.
void RemoveStaleDirectories(const std::string& parent, const RunAs& run_as);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_DATA_DIRECTORY_H_
