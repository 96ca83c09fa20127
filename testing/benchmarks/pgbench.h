// SPDX-License-Identifier: Apache-2.0

// Running pgbench, and what its numbers come to.

#ifndef TESTING_BENCHMARKS_PGBENCH_H_
#define TESTING_BENCHMARKS_PGBENCH_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace dsql_testing {

// PostgreSQL's program of this name: from DSQL_POSTGRES_BIN, else where Debian
// has it.
std::string PostgresProgram(absl::string_view name);

// Transactions per second by pgbench with `arguments`, 0 where it failed, after
// its output was printed.
double Pgbench(absl::string_view arguments, absl::string_view conninfo);

double Median(std::vector<double> values);

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_PGBENCH_H_
