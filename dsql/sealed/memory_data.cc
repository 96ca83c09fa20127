// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/memory_data.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/durable_kind.h"
#include "dsql/postgres/result.h"
#include "dsql/sealed/control_file.h"
#include "dsql/sealed/decoding_state.h"

namespace dsql::sealed {
namespace {

using postgres::PostgresServer;
using postgres::ServerOptions;
using postgres::TreeEntry;

constexpr char kShm[] = "/dev/shm";
constexpr absl::Duration kConnectTimeout = absl::Seconds(30);

// Of what was not in the log when the process was killed, and is lost with it.
constexpr char kFindAhead[] =
    "SELECT slot_name, plugin FROM pg_replication_slots"
    " WHERE slot_type = 'logical'"
    " AND confirmed_flush_lsn > pg_current_wal_insert_lsn()";

bool IsInMemory(const std::string& directory) {
  struct statfs info;
  if (directory.empty() || statfs(directory.c_str(), &info) != 0) return false;
  return info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC;
}

bool IsOfTheProcess(const TreeEntry& entry) {
  return entry.path == "postmaster.pid" || entry.path == "postmaster.opts" ||
         absl::StartsWith(entry.path, "pg_dynshmem/") ||
         absl::StartsWith(entry.path,
                          absl::StrCat("pg_replslot/", kReceiverSlot));
}

// Has slots that have confirmed more than there is begin here: all that there
// is was confirmed, and what is committed from now on must not count as that.
absl::Status RenewSlotsThatAreAhead(const PostgresServer& server) {
  DSQL_ASSIGN_OR_RETURN(
      postgres::Connection connection,
      postgres::Connection::Open(server.internal_connection().ToConninfo(),
                                 absl::Now() + kConnectTimeout));
  DSQL_ASSIGN_OR_RETURN(const postgres::Result ahead,
                        connection.Execute(kFindAhead));
  for (int row = 0; row < ahead.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const auto name, ahead.Get<std::string>(row, 0));
    DSQL_ASSIGN_OR_RETURN(const auto plugin, ahead.Get<std::string>(row, 1));
    DSQL_RETURN_IF_ERROR(
        connection.Query("SELECT pg_drop_replication_slot($1)", {name})
            .status());
    DSQL_RETURN_IF_ERROR(
        connection
            .Query("SELECT pg_create_logical_replication_slot($1, $2)",
                   {name, plugin})
            .status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ServerOptions> InMemory(ServerOptions options) {
  // No old piece of the log is kept under the name of a new one.
  options.settings["wal_recycle"] = "off";
  if (IsInMemory(options.data_directory.parent)) return options;
  if (!IsInMemory(kShm)) {
    return absl::FailedPreconditionError(
        "A cluster with a customer-managed key and a data_dir has its rows in "
        "memory only, and neither /dev/shm nor "
        "ServerOptions::data_directory.parent is on a tmpfs. Mount one and "
        "name "
        "it there, or give the cluster no kms_encryption_key");
  }
  options.data_directory.parent = kShm;
  return options;
}

absl::StatusOr<bool> IsStopped(const std::string& data) {
  DSQL_ASSIGN_OR_RETURN(const ControlFile control, ReadControlFile(data));
  return control.state == ControlFile::kShutDown;
}

absl::StatusOr<std::vector<TreeEntry>> ListData(const std::string& data) {
  DSQL_ASSIGN_OR_RETURN(std::vector<TreeEntry> tree, postgres::ListTree(data));
  tree.erase(std::remove_if(tree.begin(), tree.end(), IsOfTheProcess),
             tree.end());
  return tree;
}

absl::optional<postgres::Owner> OwnerOf(const postgres::RunAs& run_as) {
  if (run_as.mode != postgres::RunAsMode::kSetUid) return absl::nullopt;
  return postgres::Owner{run_as.uid, run_as.gid};
}

absl::Status WithStoppedServer(
    const PostgresServer::Host& host, const ServerOptions& options,
    const PostgresServer::MakeData& make_data,
    absl::FunctionRef<absl::Status(const std::string& data)> use) {
  DSQL_ASSIGN_OR_RETURN(const ServerOptions in_memory, InMemory(options));
  DSQL_ASSIGN_OR_RETURN(const std::unique_ptr<PostgresServer> server,
                        PostgresServer::StartOn(host, in_memory, make_data));
  DSQL_RETURN_IF_ERROR(postgres::DropTemporarySchemas(*server));
  DSQL_RETURN_IF_ERROR(RenewSlotsThatAreAhead(*server));
  DSQL_RETURN_IF_ERROR(server->ShutDown());
  DSQL_ASSIGN_OR_RETURN(const bool stopped,
                        IsStopped(server->data_directory()));
  if (!stopped) {
    return absl::InternalError(absl::StrCat("The Postgres server in ",
                                            server->data_directory(),
                                            " did not end in order"));
  }
  return use(server->data_directory());
}

}  // namespace dsql::sealed
