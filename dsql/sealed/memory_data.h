// SPDX-License-Identifier: Apache-2.0

// Servers whose data is nowhere but in memory, to be sealed.

#ifndef DSQL_SEALED_MEMORY_DATA_H_
#define DSQL_SEALED_MEMORY_DATA_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/tree_copy.h"

namespace dsql::sealed {

// `options` for a server whose data directory is in a file system that lives in
// memory: that of `options` where it is one, else /dev/shm.
//
// Errors: FailedPrecondition where there is none.
absl::StatusOr<postgres::ServerOptions> InMemory(
    postgres::ServerOptions options);

// Starts a server on what `make_data` makes, which recovers, ends it in order,
// and calls `use` with its data directory, which is gone afterwards.
//
// Errors: those of PostgresServer::StartOn() and InMemory(); those of `use`.
absl::Status WithStoppedServer(
    const postgres::PostgresServer::Host& host,
    const postgres::ServerOptions& options,
    const postgres::PostgresServer::MakeData& make_data,
    absl::FunctionRef<absl::Status(const std::string& data)> use);

// Whether the server in `data` has ended with a checkpoint, so that its files
// are all there is.
//
// Errors: those of the disk.
absl::StatusOr<bool> IsStopped(const std::string& data);

// What of the data directory `data` the next server has to find: not what a
// process that is gone has left.
//
// Errors: those of ListTree().
absl::StatusOr<std::vector<postgres::TreeEntry>> ListData(
    const std::string& data);

// Who is to own the files of servers that run so; none where they are this
// process's anyway.
absl::optional<postgres::Owner> OwnerOf(const postgres::RunAs& run_as);

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_MEMORY_DATA_H_
