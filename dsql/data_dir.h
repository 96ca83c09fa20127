// SPDX-License-Identifier: Apache-2.0

// The directory in which a FakeDsql keeps everything.

#ifndef DSQL_DATA_DIR_H_
#define DSQL_DATA_DIR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dsql/storage/directory_lock.h"
#include "dsql/storage/storage.h"

namespace dsql {

// Layout, of mode 0700:
//
//   lock           held by one FakeDsql at a time (DirectoryLock)
//   format         the version of this layout
//   control/       what the control plane knows (DirectoryStorage), and the
//                  endpoints' addresses
//   certificates/  the CA of the endpoints (CertificateAuthority::Open())
//   databases/     the rows (DurableServers), sealed where a cluster has a
//                  customer-managed key
//
// Thread-safety: safe.
class DataDir {
 public:
  // Takes `path`, which is made where it is missing, in a directory that is
  // there.
  //
  // Errors, each with the path and what to do: FailedPrecondition where another
  //   FakeDsql has it, of this or another process, where it is of a newer
  //   version, or is not empty and of somebody else; PermissionDenied where it
  //   is another user's; those of DirectoryStorage::Open().
  static absl::StatusOr<std::unique_ptr<DataDir>> Open(const std::string& path);

  ~DataDir();

  // Lives as long as this; after Close() all of its calls answer
  // FailedPrecondition.
  Storage* storage();
  std::string certificates() const { return path_ + "/certificates"; }
  std::string databases() const { return path_ + "/databases"; }

  // Gives the directory up: another one may open it. Idempotent. Requires: no
  // server runs on databases().
  void Close();

 private:
  class ClosableStorage;

  explicit DataDir(std::string path);

  const std::string path_;
  std::unique_ptr<ClosableStorage> storage_;
  std::unique_ptr<DirectoryLock> lock_;
};

}  // namespace dsql

#endif  // DSQL_DATA_DIR_H_
