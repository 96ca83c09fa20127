// SPDX-License-Identifier: Apache-2.0

// A database that outlives its server and the process.

#ifndef DSQL_POSTGRES_DURABLE_DATABASE_H_
#define DSQL_POSTGRES_DURABLE_DATABASE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/data_snapshot.h"
#include "dsql/postgres/durable_data.h"
#include "dsql/postgres/launched_database.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"

namespace dsql::postgres {

// A server on DurableData, which is never reset: a pool discards it, which
// stops the server, and starts another one on the same data.
class DurableDatabase final : public LaunchedDatabase {
 public:
  // Has `data` hold, from the next Activate() on, what `snapshot` has, or what
  // a new database has where it is null.
  //
  // Errors: those of PostgresServer::Start() and DataSnapshot::CopyTo().
  static absl::Status Stage(const PostgresServer::Host& host,
                            const ServerOptions& options,
                            const DataSnapshot* snapshot, DurableData* data);

  // Starts a server on `data`, in which there is a new database where it was
  // empty. `data` must outlive it.
  //
  // Errors: those of PostgresServer::Start(); FailedPrecondition where the data
  //   is of another version of PostgreSQL or of FakeDsql, of another kind of
  //   machine, or of other options; PermissionDenied where it is another
  //   user's.
  static absl::StatusOr<std::unique_ptr<PooledDatabase>> Start(
      const PostgresServer::Host& host, const ServerOptions& options,
      DurableData* data);

  absl::Status Reset() override;
  // With DSQL_KEEP=1: the rows are kept, but not the server, which would hold
  // them.
  absl::StatusOr<std::string> Keep() override;

 private:
  using LaunchedDatabase::LaunchedDatabase;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_DURABLE_DATABASE_H_
