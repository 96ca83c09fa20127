// SPDX-License-Identifier: Apache-2.0

// A database of which only sealed files outlive its server and the process.

#ifndef DSQL_SEALED_SEALED_DATABASE_H_
#define DSQL_SEALED_SEALED_DATABASE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dsql/postgres/data_snapshot.h"
#include "dsql/postgres/durable_data.h"
#include "dsql/postgres/launched_database.h"
#include "dsql/postgres/pooled_database.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/sealed/data_key.h"
#include "dsql/sealed/key_wrapper.h"
#include "dsql/sealed/sealed_log.h"
#include "dsql/sealed/wal_receiver.h"

namespace dsql::sealed {

// By what the files of a database are encrypted.
struct SealingKeys {
  // Those that keep the data key from now on; asked for at each sealing. None:
  // AWS's own do, that is to say nobody, until the database is put back into
  // the plain.
  std::function<absl::StatusOr<std::vector<ClusterKey>>()> find;
  // Not owned.
  KeyWrapper* wrapper = nullptr;
};

// A server on a copy in memory of sealed DurableData, in which there are, in
// the place of a data directory:
//
//   KEYS   the data key, wrapped (DataKey)
//   base   the data directory of a server that was stopped (SealTree)
//   log    what was written since (SealedLog); not there at first
//
// What is committed is in the log before the client hears of it, and is gone
// from the memory with the server, or the process, however it ends. Stop()
// seals a new base. Where the log cannot be written, the server is ended at
// once; another one may be started then.
class SealedDatabase final : public postgres::LaunchedDatabase {
 public:
  using Host = postgres::PostgresServer::Host;

  // Whether the generation that counts is sealed. Requires: !data.empty().
  static bool IsSealed(const postgres::DurableData& data);

  // Has `data` hold, sealed, from the next Activate() on, what `snapshot` has.
  //
  // Errors: FailedPrecondition where there is no file system in memory, or no
  //   key can be used; those of PostgresServer::StartOn() and
  //   DataSnapshot::CopyTo().
  static absl::Status StageSnapshot(const Host& host,
                                    const postgres::ServerOptions& options,
                                    const SealingKeys& keys,
                                    const postgres::DataSnapshot& snapshot,
                                    postgres::DurableData* data);

  // The same of the plain data that counts. Requires: no server runs on it.
  static absl::Status StageSealed(const Host& host,
                                  const postgres::ServerOptions& options,
                                  const SealingKeys& keys,
                                  postgres::DurableData* data);

  // Has `data` hold, from the next Activate() on, in the plain what it holds
  // sealed.
  //
  // Errors: those of Start().
  static absl::Status StagePlain(const Host& host,
                                 const postgres::ServerOptions& options,
                                 const SealingKeys& keys,
                                 postgres::DurableData* data);

  // Has the present `keys` keep the data key of `data`, whether a server runs
  // on it or not. Requires: it is sealed.
  //
  // Errors: those of DataKey::Open() and Rewrap(); those of the disk.
  static absl::Status TakeOverKeys(const SealingKeys& keys,
                                   const postgres::DurableData& data);

  // Starts a server on `data`, in which there is a new database where it was
  // empty. `data` must outlive it. Requires: it is empty or sealed.
  //
  // Errors: those of StageSnapshot(); DataLoss where a file was changed; those
  // of
  //   DurableDatabase::Start().
  static absl::StatusOr<std::unique_ptr<postgres::PooledDatabase>> Start(
      const Host& host, const postgres::ServerOptions& options,
      const SealingKeys& keys, postgres::DurableData* data);

  // Stops.
  ~SealedDatabase() override;

  absl::Status Reset() override;
  absl::Status Stop() override;
  // With DSQL_KEEP=1: the rows are kept, but not the server.
  absl::StatusOr<std::string> Keep() override;
  absl::Status Health() const override;

 private:
  SealedDatabase(std::unique_ptr<postgres::PostgresServer> server,
                 std::unique_ptr<postgres::DatabaseReset> reset, DataKey key,
                 SealingKeys keys, postgres::DurableData* data);

  // Begins the log.
  absl::Status Receive();
  void NoteEnd(const absl::Status& why);
  // Makes a base of what the server has left, where it ended in order.
  absl::Status Reseal();

  postgres::PostgresServer* const server_;
  DataKey key_;
  const SealingKeys keys_;
  postgres::DurableData* const data_;
  std::unique_ptr<SealedLog> log_;
  bool stopped_ = false;
  mutable absl::Mutex mutex_;
  // Why nothing is received any more.
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
  // Ends before the server does.
  std::unique_ptr<WalReceiver> receiver_;
};

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_SEALED_DATABASE_H_
