// SPDX-License-Identifier: Apache-2.0

// What a ServerPool lends: one logical database, wherever it is.

#ifndef DSQL_POSTGRES_POOLED_DATABASE_H_
#define DSQL_POSTGRES_POOLED_DATABASE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/postgres/connection_parameters.h"

namespace dsql::postgres {

// Implementations must release everything in their destructor, silently, and
// must allow Health() from any thread; all else is called by one thread at a
// time.
class PooledDatabase {
 public:
  virtual ~PooledDatabase() = default;

  // Opens the pristine database to a new client.
  virtual absl::Status Lend() = 0;

  // Shuts the client out and makes the database pristine again. Any error means
  // that it must be discarded.
  virtual absl::Status Reset() = 0;

  // Releases everything. Idempotent.
  virtual absl::Status Stop() = 0;

  // Leaves what the last client did for somebody to look at, and says where; in
  // the place of Reset() and Stop().
  virtual absl::StatusOr<std::string> Keep() {
    return absl::UnimplementedError("This database cannot be kept");
  }

  // Ends all sessions of the present client, with 57P01, and lets it have no
  // others. To be followed by Reset() or Stop().
  virtual absl::Status EndSessions() {
    return absl::UnimplementedError(
        "Sessions of this database cannot be ended");
  }

  // Makes `to`, which must not exist, a copy of the server's data directory, in
  // which all is that was committed before.
  virtual absl::Status CopyData(const std::string& /*to*/) {
    return absl::FailedPreconditionError(
        "The rows are in a server that FakeDsql has not started "
        "(external_conninfo), so it cannot copy them. Leave external_conninfo "
        "empty to take snapshots");
  }

  // Unavailable where the server behind it died.
  virtual absl::Status Health() const = 0;

  // How the present client connects.
  virtual ConnectionParameters connection() const = 0;
  // The same as a superuser, or as the most powerful user there is.
  virtual ConnectionParameters internal_connection() const = 0;
  virtual absl::optional<int> loopback_port() const { return absl::nullopt; }
  // Of the server process, where this library started it.
  virtual absl::optional<pid_t> pid() const { return absl::nullopt; }
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_POOLED_DATABASE_H_
