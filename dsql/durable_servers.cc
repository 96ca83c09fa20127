// SPDX-License-Identifier: Apache-2.0

#include "dsql/durable_servers.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/durable_database.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/server.h"

namespace dsql {
namespace {

// The server of a process that was killed ends within moments.
constexpr absl::Duration kLockTimeout = absl::Seconds(30);
constexpr mode_t kPrivate = 0700;
constexpr mode_t kPassage = 0711;

// Ids are of the form region/identifier.
std::string NameOf(const std::string& database_id) {
  return absl::StrReplaceAll(database_id, {{"/", "."}});
}

// Whether servers run as another user, who passes through directories.
bool OthersPass(const postgres::PostgresServer::Host& host) {
  return host.run_as.mode == postgres::RunAsMode::kSetUid;
}

}  // namespace

DurableServers::DurableServers(std::string directory,
                               postgres::ServerPoolOptions options,
                               Encryption encryption)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      encryption_(std::move(encryption)) {}

std::string DurableServers::PathOf(const std::string& database_id) const {
  return absl::StrCat(directory_, "/", NameOf(database_id));
}

absl::Status DurableServers::MakeDirectory() {
  if (host_.has_value()) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(postgres::PostgresServer::Host host,
                        postgres::PostgresServer::FindHost(options_.server));
  if (mkdir(directory_.c_str(), kPrivate) != 0 && errno != EEXIST)
    return postgres::FileError(errno, "make the directory", directory_);
  for (const std::string& path :
       {absl::StrCat(directory_, "/.."), directory_}) {
    if (chmod(path.c_str(), OthersPass(host) ? kPassage : kPrivate) != 0)
      return postgres::FileError(errno, "change the mode of", path);
  }
  host_ = std::move(host);
  return absl::OkStatus();
}

absl::StatusOr<postgres::PostgresServer::Host> DurableServers::GetHost() {
  absl::MutexLock lock(&mutex_);
  DSQL_RETURN_IF_ERROR(MakeDirectory());
  return *host_;
}

absl::StatusOr<std::shared_ptr<postgres::DurableData>> DurableServers::GetData(
    const std::string& database_id) {
  absl::MutexLock lock(&mutex_);
  if (closed_) {
    return absl::FailedPreconditionError(
        "FakeDsql has been stopped, and its data_dir is closed");
  }
  DSQL_RETURN_IF_ERROR(MakeDirectory());
  const auto found = data_.find(database_id);
  if (found != data_.end()) return found->second;
  DSQL_ASSIGN_OR_RETURN(
      std::shared_ptr<postgres::DurableData> data,
      postgres::DurableData::Open(PathOf(database_id), OthersPass(*host_),
                                  kLockTimeout));
  data_[database_id] = data;
  return data;
}

sealed::SealingKeys DurableServers::KeysOf(
    const std::string& database_id) const {
  return {[this, database_id] { return encryption_.find_keys(database_id); },
          encryption_.wrapper.get()};
}

absl::StatusOr<bool> DurableServers::IsToBeSealed(
    const std::string& database_id) const {
  if (encryption_.find_keys == nullptr) return false;
  DSQL_ASSIGN_OR_RETURN(const auto keys, encryption_.find_keys(database_id));
  return !keys.empty();
}

absl::StatusOr<bool> DurableServers::Convert(
    const postgres::PostgresServer::Host& host, const std::string& database_id,
    postgres::DurableData* data) {
  using sealed::SealedDatabase;
  DSQL_ASSIGN_OR_RETURN(const bool to_be_sealed, IsToBeSealed(database_id));
  if (data->empty() || SealedDatabase::IsSealed(*data) == to_be_sealed)
    return to_be_sealed;
  const sealed::SealingKeys keys = KeysOf(database_id);
  DSQL_RETURN_IF_ERROR(
      to_be_sealed
          ? SealedDatabase::StageSealed(host, options_.server, keys, data)
          : SealedDatabase::StagePlain(host, options_.server, keys, data));
  DSQL_RETURN_IF_ERROR(data->Activate());
  return to_be_sealed;
}

absl::StatusOr<postgres::Lease> DurableServers::Start(
    const std::string& database_id, postgres::DurableData* data) {
  DSQL_ASSIGN_OR_RETURN(const postgres::PostgresServer::Host host, GetHost());
  DSQL_ASSIGN_OR_RETURN(const bool sealed, Convert(host, database_id, data));
  DSQL_ASSIGN_OR_RETURN(
      std::unique_ptr<postgres::PooledDatabase> database,
      sealed ? sealed::SealedDatabase::Start(host, options_.server,
                                             KeysOf(database_id), data)
             : postgres::DurableDatabase::Start(host, options_.server, data));
  return postgres::Lease::Of(std::move(database));
}

absl::StatusOr<postgres::Lease> DurableServers::Open(
    const std::string& database_id) {
  DSQL_ASSIGN_OR_RETURN(const std::shared_ptr<postgres::DurableData> data,
                        GetData(database_id));
  return Start(database_id, data.get());
}

absl::Status DurableServers::Stage(const postgres::PostgresServer::Host& host,
                                   const std::string& database_id,
                                   const postgres::DataSnapshot& snapshot,
                                   postgres::DurableData* data) {
  DSQL_ASSIGN_OR_RETURN(const bool sealed, IsToBeSealed(database_id));
  if (!sealed) {
    return postgres::DurableDatabase::Stage(host, options_.server, &snapshot,
                                            data);
  }
  return sealed::SealedDatabase::StageSnapshot(
      host, options_.server, KeysOf(database_id), snapshot, data);
}

absl::StatusOr<postgres::Lease> DurableServers::Restore(
    const std::string& database_id,
    std::shared_ptr<postgres::DataSnapshot> snapshot, postgres::Lease* present,
    absl::FunctionRef<void()> end_use) {
  DSQL_ASSIGN_OR_RETURN(const std::shared_ptr<postgres::DurableData> data,
                        GetData(database_id));
  DSQL_ASSIGN_OR_RETURN(const postgres::PostgresServer::Host host, GetHost());
  DSQL_RETURN_IF_ERROR(Stage(host, database_id, *snapshot, data.get()));
  const bool runs = present->valid();
  if (runs) {
    end_use();
    present->EndSessions().IgnoreError();
    present->Release();
  }
  DSQL_RETURN_IF_ERROR(data->Activate());
  if (!runs) return postgres::Lease();
  return Start(database_id, data.get());
}

absl::Status DurableServers::TakeOverKeys(const std::string& database_id) {
  if (!HasRows(database_id)) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const std::shared_ptr<postgres::DurableData> data,
                        GetData(database_id));
  if (!sealed::SealedDatabase::IsSealed(*data)) return absl::OkStatus();
  return sealed::SealedDatabase::TakeOverKeys(KeysOf(database_id), *data);
}

bool DurableServers::HasRows(const std::string& database_id) {
  return access(absl::StrCat(PathOf(database_id), "/CURRENT").c_str(), F_OK) ==
         0;
}

absl::Status DurableServers::Remove(const std::string& database_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = data_.find(database_id);
  // It may not have been used since this process opened the directory.
  if (found == data_.end())
    return postgres::DurableData::RemoveIn(PathOf(database_id));
  const absl::Status removed = found->second->Remove();
  data_.erase(found);
  return removed;
}

void DurableServers::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  data_.clear();
}

absl::Status DurableServers::RemoveAllBut(
    const std::set<std::string>& database_ids) {
  std::set<std::string> living;
  for (const std::string& id : database_ids) living.insert(NameOf(id));
  const auto names = postgres::ListDirectory(directory_);
  if (absl::IsNotFound(names.status())) return absl::OkStatus();
  DSQL_RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    if (living.count(name) > 0) continue;
    const std::string path = absl::StrCat(directory_, "/", name);
    // A server may still run on it for a moment.
    const auto lock = postgres::LockFile(path + "/lock", true, kLockTimeout);
    if (absl::IsDeadlineExceeded(lock.status())) return lock.status();
    DSQL_RETURN_IF_ERROR(postgres::DurableData::RemoveIn(path));
  }
  return absl::OkStatus();
}

}  // namespace dsql
