// SPDX-License-Identifier: Apache-2.0

// What data that outlives its server has to do with the next one.

#ifndef DSQL_POSTGRES_DURABLE_KIND_H_
#define DSQL_POSTGRES_DURABLE_KIND_H_

#include <string>

#include "absl/status/status.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/snapshot_manifest.h"

namespace dsql::postgres {

// Of the servers with `options` on `host`.
SnapshotKind DurableKindOf(const PostgresServer::Host& host,
                           const ServerOptions& options);

// Whether a server of kind `here` can have the data in `path`, of kind `kind`.
//
// Errors: FailedPrecondition, with what to do.
absl::Status CheckDurableKind(const SnapshotKind& kind,
                              const SnapshotKind& here,
                              const std::string& path);

// Sessions that were killed leave their temporary schemas. No other session is
// there.
//
// Errors: PostgreSQL's.
absl::Status DropTemporarySchemas(const PostgresServer& server);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_DURABLE_KIND_H_
