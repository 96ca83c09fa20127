// SPDX-License-Identifier: Apache-2.0

// Running pgbench.

#ifndef TESTING_BENCHMARKS_PGBENCH_H_
#define TESTING_BENCHMARKS_PGBENCH_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql_testing {

// PostgreSQL's program of this name: from DSQL_POSTGRES_BIN, else where Debian
// has it.
std::string PostgresProgram(absl::string_view name);

// Transactions per second by pgbench with `arguments`, which a shell reads.
//
// Errors: Internal with what it says where it fails.
absl::StatusOr<double> Pgbench(absl::string_view arguments,
                               absl::string_view conninfo);

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_PGBENCH_H_
