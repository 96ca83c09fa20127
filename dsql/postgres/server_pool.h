// SPDX-License-Identifier: Apache-2.0

// Servers that are lent to one cluster at a time, reset, and lent again.

#ifndef DSQL_POSTGRES_SERVER_POOL_H_
#define DSQL_POSTGRES_SERVER_POOL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/pooled_database.h"
#include "dsql/postgres/server_options.h"

namespace dsql::postgres {

class Launcher;

struct ServerPoolStats {
  int64_t started = 0;
  int64_t reset = 0;
  // Servers that could not be reset, had died, or were too many.
  int64_t discarded = 0;
  int idle = 0;
  int leased = 0;
};

namespace internal {
class PoolCore;
}  // namespace internal

// The use of one database, from ServerPool::Acquire() on. Giving it back, by
// Release() or the destructor, takes no time: the database is reset in the
// background. A lease may outlive its pool.
//
// Thread-safety: const methods are safe.
class Lease {
 public:
  Lease() = default;
  // Of a database that no pool has: giving the lease back stops it, before
  // Release() returns.
  //
  // Errors: those of PooledDatabase::Lend().
  static absl::StatusOr<Lease> Of(std::unique_ptr<PooledDatabase> database);
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

  // Whether it holds a database. All other methods but Release() require it.
  bool valid() const { return database_ != nullptr; }

  // Idempotent. All connections to the database are ended.
  void Release();

  // OK, or Unavailable where the server died, with the end of its log. Its data
  // is lost then: release the lease and acquire another one.
  absl::Status Health() const { return database_->Health(); }

  // How clients connect, by unix socket, and the user and database names. The
  // socket's directory is this lease's alone: it leads nowhere afterwards.
  ConnectionParameters connection() const { return database_->connection(); }
  std::string conninfo() const { return connection().ToConninfo(); }

  // Ends all sessions, with 57P01; nobody connects by connection() any more. To
  // be followed by Release(). Not while another thread uses this.
  absl::Status EndSessions() { return database_->EndSessions(); }

  // Makes `to`, which must not exist, a copy of the server's data directory
  // with all that was committed before the call, in which the server stands
  // still for some milliseconds. Not while another thread uses this.
  //
  // Errors: FailedPrecondition for a server that the pool has not started;
  //   Unavailable where it died; those of the disk.
  absl::Status CopyData(const std::string& to) const {
    return database_->CopyData(to);
  }

  // As the internal superuser. What he changes beyond what the user could
  // (roles included) makes the server be discarded instead of reset, which is
  // slower but as clean.
  ConnectionParameters internal_connection() const {
    return database_->internal_connection();
  }

  // Of 127.0.0.1, where ServerOptions::loopback_port is set. Unlike the socket
  // it stays with the server: a client that connects to it after the lease was
  // released may see the next cluster.
  absl::optional<int> loopback_port() const {
    return database_->loopback_port();
  }

  // Of the server; nullopt for an external one.
  absl::optional<pid_t> pid() const { return database_->pid(); }

 private:
  friend class ServerPool;
  Lease(std::shared_ptr<internal::PoolCore> core,
        std::unique_ptr<PooledDatabase> database);

  std::shared_ptr<internal::PoolCore> core_;
  std::unique_ptr<PooledDatabase> database_;
};

// Nothing of an earlier lease is seen in a later one: see DatabaseReset.
//
// With DSQL_KEEP=1 in the environment each server whose lease is given back is
// left running, beyond the end of the process, for a developer to look at; how,
// is told on stderr.
//
// Thread-safety: safe. May be shared by any number of users. In a forked child
// the pool and its leases are inert: Stop(), Release() and the destructors
// leave everything to the parent.
class ServerPool {
 public:
  // How a database is made that is ready for a first client.
  using Launch = std::function<absl::StatusOr<std::unique_ptr<PooledDatabase>>(
      const ServerPoolOptions&)>;

  // Starts nothing: the first server starts at the first Acquire().
  explicit ServerPool(ServerPoolOptions options);
  // With databases of `launch` in the place of those of PostgreSQL servers.
  // They may be made on any thread, several at a time.
  ServerPool(ServerPoolOptions options, Launch launch);
  // Stops without a report.
  ~ServerPool();
  ServerPool(const ServerPool&) = delete;
  ServerPool& operator=(const ServerPool&) = delete;

  // Returns a pristine database on a server that runs. Takes one that is ready;
  // waits for one that is about to be; else starts one in this thread.
  //
  // Errors: those of PostgresServer::Start(); FailedPrecondition after Stop();
  //   DeadlineExceeded.
  absl::StatusOr<Lease> Acquire();

  // Keeps ServerPoolOptions::spare_servers ready from now on: they start in the
  // background.
  void Warm();

  // Stops all servers that are not lent; the others are stopped when their
  // leases are released. Idempotent.
  absl::Status Stop();

  ServerPoolStats stats() const;

  const ServerPoolOptions& options() const;

 private:
  ServerPool(ServerPoolOptions options, std::shared_ptr<Launcher> launcher);

  const std::shared_ptr<internal::PoolCore> core_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_SERVER_POOL_H_
