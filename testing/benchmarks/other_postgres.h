// SPDX-License-Identifier: Apache-2.0

// Other ways to a PostgreSQL for a test, which are programs. Each returns the
// milliseconds from nothing to the first row.
//
// Errors: NotFound where the program is not installed.

#ifndef TESTING_BENCHMARKS_OTHER_POSTGRES_H_
#define TESTING_BENCHMARKS_OTHER_POSTGRES_H_

#include "absl/status/statusor.h"

namespace dsql_testing {

// Debian's postgresql-common, its files on /dev/shm.
absl::StatusOr<double> PgVirtualenv();

// npm's, in a process of node that has imported them; see first_row.mjs.
absl::StatusOr<double> EmbeddedPostgres();
absl::StatusOr<double> Pglite();

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_OTHER_POSTGRES_H_
