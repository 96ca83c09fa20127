// SPDX-License-Identifier: Apache-2.0

// Whether a server that somebody else runs can hold clusters whose dialect is
// DSQL's.

#ifndef DSQL_POSTGRES_EXTERNAL_SERVER_H_
#define DSQL_POSTGRES_EXTERNAL_SERVER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/server_options.h"

namespace dsql::postgres {

// How this library itself connects to the server of `conninfo`, whose timeouts
// are for others. Errors: InvalidArgument.
absl::StatusOr<ConnectionParameters> ParseExternal(const std::string& conninfo);

// `options` in addition to those of the startup message that `parameters` has.
void AddStartupOptions(absl::string_view options,
                       ConnectionParameters* parameters);

// Connects as `server` says. Errors: Unavailable, and PostgreSQL's.
absl::StatusOr<Connection> OpenExternal(const ConnectionParameters& server);

// `server` with the host and port that `connection` came to, which is one of
// its: conninfo may name several, or leave them to the environment.
ConnectionParameters AsReached(ConnectionParameters server,
                               const Connection& connection);

// Whether the server of `options.external_conninfo` has what
// `options.server.template_options.bootstrap_sql` needs. Makes the clients'
// role for a moment, to see whether it may log in.
//
// Errors: FailedPrecondition with a line for each thing that is missing, which
//   says how to get it; InvalidArgument (conninfo); Unavailable where no server
//   is there.
absl::Status CheckExternalServer(const ServerPoolOptions& options);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_EXTERNAL_SERVER_H_
