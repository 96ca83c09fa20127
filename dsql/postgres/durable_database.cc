// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/durable_database.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/database_reset.h"
#include "dsql/postgres/durable_kind.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/template_cache.h"
#include "dsql/postgres/tree_copy.h"

namespace dsql::postgres {
namespace {

// Servers want their data to be of the user that they run as, who may be
// another one than the last time.
absl::Status TakeOwnership(const std::string& path, const RunAs& run_as) {
  const bool becomes = run_as.mode == RunAsMode::kSetUid;
  const uid_t uid = becomes ? run_as.uid : geteuid();
  const gid_t gid = becomes ? run_as.gid : getegid();
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return FileError(errno, "read", path);
  if (status.st_uid == uid) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const std::vector<TreeEntry> tree, ListTree(path));
  // The directory itself comes last: it tells whether all was done.
  for (const TreeEntry& entry : tree) {
    const std::string file = absl::StrCat(path, "/", entry.path);
    if (lchown(file.c_str(), uid, gid) != 0)
      return FileError(errno, "change the owner of", file);
  }
  if (lchown(path.c_str(), uid, gid) != 0)
    return FileError(errno, "change the owner of", path);
  return absl::OkStatus();
}

}  // namespace

absl::Status DurableDatabase::Stage(const PostgresServer::Host& host,
                                    const ServerOptions& options,
                                    const DataSnapshot* snapshot,
                                    DurableData* data) {
  return data->Stage(DurableKindOf(host, options),
                     [&](const std::string& to) -> absl::Status {
                       if (snapshot != nullptr)
                         return snapshot->CopyTo(host, options, to);
                       return CloneTemplate(options.template_options,
                                            host.binaries, host.run_as, to)
                           .status();
                     });
}

absl::StatusOr<std::unique_ptr<PooledDatabase>> DurableDatabase::Start(
    const PostgresServer::Host& host, const ServerOptions& options,
    DurableData* data) {
  if (data->empty()) {
    DSQL_RETURN_IF_ERROR(Stage(host, options, nullptr, data));
    DSQL_RETURN_IF_ERROR(data->Activate());
  }
  DSQL_RETURN_IF_ERROR(CheckDurableKind(
      data->kind(), DurableKindOf(host, options), data->path()));
  DSQL_RETURN_IF_ERROR(TakeOwnership(data->path(), host.run_as));
  DSQL_ASSIGN_OR_RETURN(std::unique_ptr<PostgresServer> server,
                        PostgresServer::StartOnDurable(
                            host, options, {data->path(), data->lock_fd()}));
  DSQL_RETURN_IF_ERROR(DropTemporarySchemas(*server));
  auto reset = std::make_unique<DatabaseReset>(
      server.get(), options.template_options.user_is_superuser);
  return absl::WrapUnique<PooledDatabase>(
      new DurableDatabase(std::move(server), std::move(reset)));
}

absl::Status DurableDatabase::Reset() {
  return absl::FailedPreconditionError("A durable database keeps its rows");
}

absl::StatusOr<std::string> DurableDatabase::Keep() {
  return std::string(
      "The rows are in FakeDsqlOptions::data_dir; open it to look at them\n");
}

}  // namespace dsql::postgres
