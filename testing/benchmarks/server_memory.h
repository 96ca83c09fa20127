// SPDX-License-Identifier: Apache-2.0

// What the processes of a server take.

#ifndef TESTING_BENCHMARKS_SERVER_MEMORY_H_
#define TESTING_BENCHMARKS_SERVER_MEMORY_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "dsql/postgres/connection.h"

namespace dsql_testing {

// Proportional resident memory, in bytes, of a process and all its descendants.
int64_t MemoryOfTree(pid_t root);

// The server that a connection leads to. DSQL refuses pg_backend_pid(): the
// rule "function" must be disabled.
absl::StatusOr<pid_t> ServerOf(dsql::postgres::Connection* connection);

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_SERVER_MEMORY_H_
