// SPDX-License-Identifier: Apache-2.0

// A database in a server of its own.

#ifndef DSQL_POSTGRES_LAUNCHED_DATABASE_H_
#define DSQL_POSTGRES_LAUNCHED_DATABASE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/postgres/database_reset.h"
#include "dsql/postgres/pooled_database.h"
#include "dsql/postgres/server.h"

namespace dsql::postgres {

// Every client gets a socket directory with a name of its own, a symbolic link
// that goes when the database is reset: a client that still tries to connect
// afterwards finds nothing, rather than the database of the next one. (The
// loopback port, where there is one, stays the same.)
class LaunchedDatabase : public PooledDatabase {
 public:
  // `reset` is for `server`.
  LaunchedDatabase(std::unique_ptr<PostgresServer> server,
                   std::unique_ptr<DatabaseReset> reset);

  absl::Status Lend() override;
  absl::Status Reset() override;
  absl::Status EndSessions() override;
  absl::Status CopyData(const std::string& to) override;
  absl::Status Stop() override { return server_->Stop(); }
  absl::StatusOr<std::string> Keep() override { return server_->Keep(); }
  absl::Status Health() const override { return server_->Health(); }
  ConnectionParameters connection() const override;
  ConnectionParameters internal_connection() const override;
  absl::optional<int> loopback_port() const override {
    return server_->loopback_port();
  }
  absl::optional<pid_t> pid() const override { return server_->pid(); }

 protected:
  PostgresServer* server() { return server_.get(); }

 private:
  void ShutOut();

  const std::unique_ptr<PostgresServer> server_;
  const std::unique_ptr<DatabaseReset> reset_;
  int lent_ = 0;
  // The present client's socket directory; empty while there is none.
  std::string socket_directory_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_LAUNCHED_DATABASE_H_
