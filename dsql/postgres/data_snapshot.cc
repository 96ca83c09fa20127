// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/data_snapshot.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/data_directory.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/launched_database.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/snapshot_reset.h"
#include "dsql/postgres/snapshot_rows.h"
#include "dsql/postgres/template_cache.h"

namespace dsql::postgres {
namespace {

constexpr char kManifest[] = "MANIFEST";
constexpr absl::Duration kConnectTimeout = absl::Seconds(10);

absl::Status Foreign(absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("The snapshot does not fit here: ", what));
}

// As PG_VERSION of a data directory has it.
absl::StatusOr<std::string> VersionOf(const std::string& data) {
  DSQL_ASSIGN_OR_RETURN(const std::string text, ReadFile(data + "/PG_VERSION"));
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace

struct DataSnapshot::Files {
  std::string data() const { return directory->data(); }

  // Errors: FailedPrecondition.
  absl::Status CheckOptions(const ServerOptions& options) const;
  absl::Status CopyTo(const PostgresServer::Host& host,
                      const std::string& to) const;

  // What a server that has just started from this has in it.
  absl::StatusOr<std::shared_ptr<const SnapshotRows>> Rows(
      const PostgresServer& server, const std::string& owner)
      ABSL_LOCKS_EXCLUDED(mutex);

  std::unique_ptr<DataDirectory> directory;
  SnapshotManifest manifest;

  absl::Mutex mutex;
  // Of the first server.
  std::shared_ptr<const SnapshotRows> rows ABSL_GUARDED_BY(mutex);
};

absl::Status DataSnapshot::Files::CheckOptions(
    const ServerOptions& options) const {
  if (FingerprintOf(options) == manifest.kind.options) return absl::OkStatus();
  return Foreign(
      "it was taken of a FakeDsql whose servers are others: by user, "
      "database, dialect (a preset such as LocalStack()), settings, or "
      "version of FakeDsql. Use one with the same FakeDsqlOptions");
}

absl::Status DataSnapshot::Files::CopyTo(const PostgresServer::Host& host,
                                         const std::string& to) const {
  if (absl::StrCat(host.binaries.major_version) !=
      manifest.kind.postgres_version) {
    return Foreign(absl::StrCat(
        "it is of PostgreSQL ", manifest.kind.postgres_version,
        ", and the servers here are of ", host.binaries.major_version));
  }
  absl::optional<Owner> owner;
  if (host.run_as.mode == RunAsMode::kSetUid)
    owner = Owner{host.run_as.uid, host.run_as.gid};
  return CopyTree(data(), manifest.tree, to, owner);
}

absl::StatusOr<std::shared_ptr<const SnapshotRows>> DataSnapshot::Files::Rows(
    const PostgresServer& server, const std::string& owner) {
  absl::MutexLock lock(&mutex);
  if (rows != nullptr) return rows;
  DSQL_ASSIGN_OR_RETURN(
      Connection connection,
      Connection::Open(server.internal_connection().ToConninfo(),
                       absl::Now() + kConnectTimeout));
  DSQL_ASSIGN_OR_RETURN(SnapshotRows read,
                        ReadSnapshotRows(&connection, owner));
  rows = std::make_shared<const SnapshotRows>(std::move(read));
  return rows;
}

// Starts servers whose data directory is a copy of the snapshot's.
class DataSnapshot::Launcher {
 public:
  explicit Launcher(std::shared_ptr<Files> files) : files_(std::move(files)) {}

  absl::StatusOr<std::unique_ptr<PooledDatabase>> operator()(
      const ServerPoolOptions& options) const {
    DSQL_ASSIGN_OR_RETURN(const PostgresServer::Host host,
                          PostgresServer::FindHost(options.server));
    const TemplateOptions& made_of = options.server.template_options;
    DSQL_ASSIGN_OR_RETURN(
        std::unique_ptr<PostgresServer> server,
        PostgresServer::StartOn(
            host, options.server,
            [&](const RunAs&,
                const std::string& to) -> absl::StatusOr<Baseline> {
              DSQL_RETURN_IF_ERROR(files_->CopyTo(host, to));
              // SnapshotReset has a baseline of its own.
              return Baseline();
            }));
    DSQL_ASSIGN_OR_RETURN(auto rows, files_->Rows(*server, made_of.user));
    auto reset = std::make_unique<SnapshotReset>(
        server.get(), made_of.user_is_superuser, std::move(rows));
    return std::make_unique<LaunchedDatabase>(std::move(server),
                                              std::move(reset));
  }

 private:
  std::shared_ptr<Files> files_;
};

DataSnapshot::DataSnapshot(std::shared_ptr<Files> files)
    : files_(std::move(files)) {}

absl::StatusOr<std::shared_ptr<DataSnapshot>> DataSnapshot::Take(
    const Lease& lease, const ServerPoolOptions& options) {
  auto files = std::make_shared<Files>();
  // Only this process reads it.
  DSQL_ASSIGN_OR_RETURN(
      files->directory,
      DataDirectory::Create(options.server.data_directory, RunAs()));
  DSQL_RETURN_IF_ERROR(lease.CopyData(files->data()));
  DSQL_ASSIGN_OR_RETURN(files->manifest.tree, ListTree(files->data()));
  SnapshotKind& kind = files->manifest.kind;
  DSQL_ASSIGN_OR_RETURN(kind.postgres_version, VersionOf(files->data()));
  kind.architecture = MachineArchitecture();
  kind.options = FingerprintOf(options.server);
  return absl::WrapUnique(new DataSnapshot(std::move(files)));
}

absl::StatusOr<std::shared_ptr<DataSnapshot>> DataSnapshot::Load(
    const std::string& directory) {
  DSQL_ASSIGN_OR_RETURN(const std::string text,
                        ReadFile(absl::StrCat(directory, "/", kManifest)));
  auto files = std::make_shared<Files>();
  DSQL_ASSIGN_OR_RETURN(files->manifest, ParseManifest(text));
  const SnapshotKind& kind = files->manifest.kind;
  if (kind.architecture != MachineArchitecture()) {
    return Foreign(absl::StrCat("it was saved on ", kind.architecture,
                                ", and this machine is ",
                                MachineArchitecture()));
  }
  const std::string saved = directory + "/data";
  DSQL_ASSIGN_OR_RETURN(const std::vector<TreeEntry> tree, ListTree(saved));
  if (!HaveSameFiles(tree, files->manifest.tree)) {
    return absl::DataLossError(
        absl::StrCat("The snapshot in ", directory,
                     " lacks files that its MANIFEST names, or has others. "
                     "Save the snapshot again"));
  }
  DSQL_ASSIGN_OR_RETURN(files->directory, DataDirectory::Create({}, RunAs()));
  DSQL_RETURN_IF_ERROR(CopyTree(saved, tree, files->data(), absl::nullopt));
  DSQL_ASSIGN_OR_RETURN(files->manifest.tree, ListTree(files->data()));
  return absl::WrapUnique(new DataSnapshot(std::move(files)));
}

absl::Status DataSnapshot::Save(const std::string& directory) const {
  return MakeWholeDirectory(
      directory, [this](const std::string& unfinished) -> absl::Status {
        DSQL_RETURN_IF_ERROR(CopyTree(files_->data(), files_->manifest.tree,
                                      unfinished + "/data", absl::nullopt));
        return WriteFile(absl::StrCat(unfinished, "/", kManifest),
                         SerializeManifest(files_->manifest));
      });
}

absl::Status DataSnapshot::CopyTo(const PostgresServer::Host& host,
                                  const ServerOptions& options,
                                  const std::string& to) const {
  DSQL_RETURN_IF_ERROR(files_->CheckOptions(options));
  return files_->CopyTo(host, to);
}

absl::StatusOr<std::shared_ptr<ServerPool>> DataSnapshot::Pool(
    const ServerPoolOptions& options) {
  if (!options.external_conninfo.empty()) {
    return Foreign(
        "the rows of this FakeDsql are in a server that it has not started "
        "(external_conninfo)");
  }
  DSQL_RETURN_IF_ERROR(files_->CheckOptions(options.server));
  absl::MutexLock lock(&mutex_);
  for (const std::shared_ptr<ServerPool>& pool : pools_) {
    if (pool->options() == options) return pool;
  }
  pools_.push_back(std::make_shared<ServerPool>(options, Launcher(files_)));
  return pools_.back();
}

}  // namespace dsql::postgres
