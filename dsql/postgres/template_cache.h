// SPDX-License-Identifier: Apache-2.0

// initdb's result, made once per machine and user and then copied: a copy takes
// milliseconds, initdb half a second.

#ifndef DSQL_POSTGRES_TEMPLATE_CACHE_H_
#define DSQL_POSTGRES_TEMPLATE_CACHE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/postgres/binaries.h"
#include "dsql/postgres/internal_role.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/server_options.h"

namespace dsql::postgres {

// What a database looks like before its first use. DatabaseReset compares with
// it.
struct Baseline {
  // The transaction id that the first transaction gets.
  uint64_t next_xid = 0;
  // The number of rows of every system catalog, by its OID.
  std::map<uint32_t, int64_t> catalog_rows;
};

// Makes `to`, which must not exist, a fresh data directory with C locale, UTF8,
// UTC, and settings for data that nobody keeps; only the unix socket and
// 127.0.0.1 are trusted.
//
// The template comes from the cache, which is filled where needed: by one
// process while others wait, in a directory that gets its name when it is
// complete. A template that was changed, cut or emptied is noticed and built
// again.
//
// Errors: InvalidArgument for names that PostgreSQL cannot have; those of the
//   disk; Internal with the output of initdb; DeadlineExceeded.
// Thread-safety: any number of threads and processes.
absl::StatusOr<Baseline> CloneTemplate(const TemplateOptions& options,
                                       const Binaries& binaries,
                                       const RunAs& run_as,
                                       const std::string& to);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_TEMPLATE_CACHE_H_
