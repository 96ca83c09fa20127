// SPDX-License-Identifier: Apache-2.0

// Where the servers of clusters' databases come from.

#ifndef DSQL_DATABASE_SERVERS_H_
#define DSQL_DATABASE_SERVERS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dsql/postgres/data_snapshot.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/server_pool.h"

namespace dsql {

// Gives each database, by its id, a server with its rows. Implementations must
// be thread-safe; of one database one method at a time is called.
class DatabaseServers {
 public:
  virtual ~DatabaseServers() = default;

  // A server with the rows of the database: none at first.
  //
  // Errors: those of ServerPool::Acquire().
  virtual absl::StatusOr<postgres::Lease> Open(
      const std::string& database_id) = 0;

  // Has the database have the rows of `snapshot` from now on. `present` is its
  // server, or not valid where it has none. Returns the server in its place,
  // with the sessions of `present` ended and `present` released, or one that is
  // not valid. Calls `end_use` before it ends the sessions.
  //
  // Errors: those of Open(); those of a snapshot that does not fit, with which
  //   nothing has changed.
  virtual absl::StatusOr<postgres::Lease> Restore(
      const std::string& database_id,
      std::shared_ptr<postgres::DataSnapshot> snapshot,
      postgres::Lease* present, absl::FunctionRef<void()> end_use) = 0;

  // Whether Open() would find rows, or others than a new database has.
  virtual bool HasRows(const std::string& database_id) = 0;

  // Somebody may want to go back to `snapshot` soon.
  virtual void Expect(postgres::DataSnapshot* snapshot) = 0;

  // The rows are gone; Open() gives a new database. No server is open.
  //
  // Errors: those of the disk.
  virtual absl::Status Remove(const std::string& database_id) = 0;

  // The clusters of the database may have other KMS keys.
  //
  // Errors: where the rows go on being encrypted by the keys of before; Open()
  //   tries again.
  virtual absl::Status TakeOverKeys(const std::string& /*database_id*/) {
    return absl::OkStatus();
  }

  // Whether the rows outlive their server: Open() has them once more where it
  // died.
  virtual bool durable() const = 0;

  // What the servers are started with.
  virtual const postgres::ServerPoolOptions& options() const = 0;
};

// Servers of a pool: rows are gone with their server.
class PooledServers final : public DatabaseServers {
 public:
  explicit PooledServers(std::shared_ptr<postgres::ServerPool> pool);

  absl::StatusOr<postgres::Lease> Open(const std::string& database_id) override;
  absl::StatusOr<postgres::Lease> Restore(
      const std::string& database_id,
      std::shared_ptr<postgres::DataSnapshot> snapshot,
      postgres::Lease* present, absl::FunctionRef<void()> end_use) override;
  bool HasRows(const std::string& database_id) override;
  void Expect(postgres::DataSnapshot* snapshot) override;
  absl::Status Remove(const std::string& database_id) override;
  bool durable() const override { return false; }
  const postgres::ServerPoolOptions& options() const override {
    return pool_->options();
  }

 private:
  const std::shared_ptr<postgres::ServerPool> pool_;
  absl::Mutex mutex_;
  // What a database was restored from, whose pool its servers come from.
  std::map<std::string, std::shared_ptr<postgres::DataSnapshot>> origins_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_DATABASE_SERVERS_H_
