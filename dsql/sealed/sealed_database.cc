// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/sealed_database.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/database_reset.h"
#include "dsql/postgres/durable_kind.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/template_cache.h"
#include "dsql/postgres/tree_copy.h"
#include "dsql/sealed/control_file.h"
#include "dsql/sealed/memory_data.h"
#include "dsql/sealed/sealed_tree.h"

namespace dsql::sealed {
namespace {

using postgres::Baseline;
using postgres::DurableData;
using postgres::PostgresServer;
using postgres::RunAs;
using postgres::ServerOptions;
using postgres::TreeEntry;
using Host = PostgresServer::Host;

constexpr absl::Duration kStartTimeout = absl::Seconds(60);

// In a generation of DurableData.
std::string KeysIn(const std::string& sealed) { return sealed + "/KEYS"; }
std::string BaseIn(const std::string& sealed) { return sealed + "/base"; }
std::string LogIn(const std::string& sealed) { return sealed + "/log"; }

// Makes `to` a generation of what is in `data`, whose server was stopped.
absl::Status Seal(const std::string& data, const DataKey& key,
                  const std::string& to) {
  if (mkdir(to.c_str(), 0700) != 0)
    return postgres::FileError(errno, "make the directory", to);
  DSQL_ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries, ListData(data));
  DSQL_RETURN_IF_ERROR(SealTree(data, entries, BaseIn(to), key.plaintext()));
  return key.Write(KeysIn(to));
}

// Makes the data directory that is sealed in `sealed`, with its log where
// `with_log`.
PostgresServer::MakeData Unsealer(const std::string& sealed, const DataKey& key,
                                  bool with_log) {
  return [sealed, plaintext = key.plaintext(), with_log](
             const RunAs& run_as,
             const std::string& to) -> absl::StatusOr<Baseline> {
    const auto owner = OwnerOf(run_as);
    DSQL_RETURN_IF_ERROR(UnsealTree(BaseIn(sealed), plaintext, to, owner));
    if (with_log)
      DSQL_RETURN_IF_ERROR(Replay(LogIn(sealed), plaintext, to, owner));
    // Of servers that are reset, which this one is not.
    return Baseline();
  };
}

absl::Status StageUnder(const Host& host, const ServerOptions& options,
                        const DataKey& key,
                        const PostgresServer::MakeData& make_data,
                        DurableData* data) {
  return WithStoppedServer(
      host, options, make_data, [&](const std::string& stopped) {
        return data->Stage(
            postgres::DurableKindOf(host, options),
            [&](const std::string& to) { return Seal(stopped, key, to); });
      });
}

absl::Status Stage(const Host& host, const ServerOptions& options,
                   const SealingKeys& keys,
                   const PostgresServer::MakeData& make_data,
                   DurableData* data) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<ClusterKey> found, keys.find());
  DSQL_ASSIGN_OR_RETURN(const DataKey key,
                        DataKey::Create(found, keys.wrapper));
  return StageUnder(host, options, key, make_data, data);
}

// Whoever has the keys from now on has them.
absl::Status Rewrap(const SealingKeys& keys, const std::string& sealed,
                    DataKey* key) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<ClusterKey> found, keys.find());
  DSQL_ASSIGN_OR_RETURN(const bool changed, key->Rewrap(found, keys.wrapper));
  return changed ? key->Write(KeysIn(sealed)) : absl::OkStatus();
}

// With nothing in the log, as which alone a server is started.
absl::Status Recover(const Host& host, const ServerOptions& options,
                     const DataKey& key, DurableData* data) {
  DSQL_ASSIGN_OR_RETURN(const bool has_log,
                        HasRecords(LogIn(data->path()), key.plaintext()));
  if (!has_log) return absl::OkStatus();
  DSQL_RETURN_IF_ERROR(
      StageUnder(host, options, key, Unsealer(data->path(), key, true), data));
  return data->Activate();
}

// COMMIT waits until the log's receiver has confirmed.
ServerOptions WithStandby(ServerOptions options) {
  options.settings["synchronous_standby_names"] = WalReceiver::kStandbyName;
  options.settings["synchronous_commit"] = "on";
  return options;
}

}  // namespace

bool SealedDatabase::IsSealed(const DurableData& data) {
  return access(KeysIn(data.path()).c_str(), F_OK) == 0;
}

absl::Status SealedDatabase::StageSnapshot(
    const Host& host, const ServerOptions& options, const SealingKeys& keys,
    const postgres::DataSnapshot& snapshot, DurableData* data) {
  const auto copy = [&](const RunAs& /*run_as*/,
                        const std::string& to) -> absl::StatusOr<Baseline> {
    DSQL_RETURN_IF_ERROR(snapshot.CopyTo(host, options, to));
    return Baseline();
  };
  return Stage(host, options, keys, copy, data);
}

absl::Status SealedDatabase::StageSealed(const Host& host,
                                         const ServerOptions& options,
                                         const SealingKeys& keys,
                                         DurableData* data) {
  DSQL_RETURN_IF_ERROR(postgres::CheckDurableKind(
      data->kind(), postgres::DurableKindOf(host, options), data->path()));
  const auto copy = [plain = data->path()](
                        const RunAs& run_as,
                        const std::string& to) -> absl::StatusOr<Baseline> {
    DSQL_ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries,
                          ListData(plain));
    DSQL_RETURN_IF_ERROR(
        postgres::CopyTree(plain, entries, to, OwnerOf(run_as)));
    return Baseline();
  };
  return Stage(host, options, keys, copy, data);
}

absl::Status SealedDatabase::StagePlain(const Host& host,
                                        const ServerOptions& options,
                                        const SealingKeys& keys,
                                        DurableData* data) {
  DSQL_RETURN_IF_ERROR(postgres::CheckDurableKind(
      data->kind(), postgres::DurableKindOf(host, options), data->path()));
  DSQL_ASSIGN_OR_RETURN(const DataKey key,
                        DataKey::Open(KeysIn(data->path()), keys.wrapper));
  const auto copy = [&](const std::string& stopped) {
    return data->Stage(
        postgres::DurableKindOf(host, options),
        [&](const std::string& to) -> absl::Status {
          DSQL_ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries,
                                ListData(stopped));
          return postgres::CopyTree(stopped, entries, to, OwnerOf(host.run_as));
        });
  };
  return WithStoppedServer(host, options, Unsealer(data->path(), key, true),
                           copy);
}

absl::Status SealedDatabase::TakeOverKeys(const SealingKeys& keys,
                                          const DurableData& data) {
  DSQL_ASSIGN_OR_RETURN(DataKey key,
                        DataKey::Open(KeysIn(data.path()), keys.wrapper));
  return Rewrap(keys, data.path(), &key);
}

absl::StatusOr<std::unique_ptr<postgres::PooledDatabase>> SealedDatabase::Start(
    const Host& host, const ServerOptions& options, const SealingKeys& keys,
    DurableData* data) {
  if (data->empty()) {
    const auto clone = [&](const RunAs& run_as,
                           const std::string& to) -> absl::StatusOr<Baseline> {
      DSQL_ASSIGN_OR_RETURN(postgres::Clone clone,
                            postgres::CloneTemplate(options.template_options,
                                                    host.binaries, run_as, to));
      return std::move(clone.baseline);
    };
    DSQL_RETURN_IF_ERROR(Stage(host, options, keys, clone, data));
    DSQL_RETURN_IF_ERROR(data->Activate());
  }
  DSQL_RETURN_IF_ERROR(postgres::CheckDurableKind(
      data->kind(), postgres::DurableKindOf(host, options), data->path()));
  DSQL_ASSIGN_OR_RETURN(DataKey key,
                        DataKey::Open(KeysIn(data->path()), keys.wrapper));
  DSQL_RETURN_IF_ERROR(Rewrap(keys, data->path(), &key));
  DSQL_RETURN_IF_ERROR(Recover(host, options, key, data));
  DSQL_ASSIGN_OR_RETURN(const ServerOptions in_memory, InMemory(options));
  DSQL_ASSIGN_OR_RETURN(
      std::unique_ptr<PostgresServer> server,
      PostgresServer::StartOn(host, WithStandby(in_memory),
                              Unsealer(data->path(), key, false)));
  auto reset = std::make_unique<postgres::DatabaseReset>(
      server.get(), options.template_options.user_is_superuser);
  auto database = absl::WrapUnique(new SealedDatabase(
      std::move(server), std::move(reset), std::move(key), keys, data));
  DSQL_RETURN_IF_ERROR(database->Receive());
  return database;
}

SealedDatabase::SealedDatabase(std::unique_ptr<PostgresServer> server,
                               std::unique_ptr<postgres::DatabaseReset> reset,
                               DataKey key, SealingKeys keys, DurableData* data)
    : LaunchedDatabase(std::move(server), std::move(reset)),
      server_(LaunchedDatabase::server()),
      key_(std::move(key)),
      keys_(std::move(keys)),
      data_(data) {}

// Where it fails, the log has what was committed.
SealedDatabase::~SealedDatabase() { Stop().IgnoreError(); }

absl::Status SealedDatabase::Receive() {
  DSQL_ASSIGN_OR_RETURN(const ControlFile control,
                        ReadControlFile(server_->data_directory()));
  if (control.state != ControlFile::kInProduction)
    return absl::InternalError(
        "The Postgres server's pg_control is not as it is while one runs");
  DSQL_ASSIGN_OR_RETURN(
      log_, SealedLog::Create(LogIn(data_->path()), key_.plaintext(), control,
                              server_->data_directory()));
  WalReceiver::Options options;
  options.server = server_->internal_connection();
  options.start = control.redo;
  options.timeline = control.timeline;
  options.keep = [this](uint64_t start, absl::string_view bytes) {
    return log_->Keep(start, bytes);
  };
  options.ended = [this](const absl::Status& why) { NoteEnd(why); };
  receiver_ = std::make_unique<WalReceiver>(std::move(options));
  const absl::Time deadline = absl::Now() + kStartTimeout;
  DSQL_RETURN_IF_ERROR(receiver_->AwaitReady(deadline));
  DSQL_ASSIGN_OR_RETURN(
      postgres::Connection connection,
      postgres::Connection::Open(server_->internal_connection().ToConninfo(),
                                 deadline));
  // Commits wait for the standby only once the checkpointer, which may not have
  // started yet, has read the settings. It has when it answers.
  return connection.Execute("CHECKPOINT").status();
}

void SealedDatabase::NoteEnd(const absl::Status& why) {
  {
    absl::MutexLock lock(&mutex_);
    end_ = why;
  }
  // Who waits for a COMMIT must not wait for ever, nor be told that it is done.
  server_->Abort().IgnoreError();
}

absl::Status SealedDatabase::Reset() {
  return absl::FailedPreconditionError("A durable database keeps its rows");
}

absl::Status SealedDatabase::Stop() {
  if (std::exchange(stopped_, true)) return absl::OkStatus();
  absl::Status status = server_->ShutDown();
  receiver_.reset();
  log_.reset();
  status.Update(Reseal());
  status.Update(LaunchedDatabase::Stop());
  return status;
}

absl::Status SealedDatabase::Reseal() {
  // It is about to be replaced.
  if (data_->has_staged()) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const bool stopped,
                        IsStopped(server_->data_directory()));
  // Then the log has what was committed.
  if (!stopped) return absl::OkStatus();
  // The present keys, where they can be had; else those that there are, which
  // TakeOverKeys() may have changed.
  DSQL_RETURN_IF_ERROR(key_.Refresh(KeysIn(data_->path())));
  Rewrap(keys_, data_->path(), &key_).IgnoreError();
  DSQL_RETURN_IF_ERROR(
      data_->Stage(data_->kind(), [this](const std::string& to) {
        return Seal(server_->data_directory(), key_, to);
      }));
  return data_->Activate();
}

absl::StatusOr<std::string> SealedDatabase::Keep() {
  return std::string(
      "The rows are in FakeDsqlOptions::data_dir, encrypted; open it to look "
      "at them\n");
}

absl::Status SealedDatabase::Health() const {
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.ok()) {
      return absl::UnavailableError(absl::StrCat(
          "The Postgres server was ended, because its encrypted log could not "
          "be written: ",
          end_.message()));
    }
  }
  return LaunchedDatabase::Health();
}

}  // namespace dsql::sealed
