// SPDX-License-Identifier: Apache-2.0

// initdb's result, made once per machine and user and then copied: a copy takes
// milliseconds, initdb half a second. What a server has left is like a copy in
// less.

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

// What CloneTemplate() made.
struct Clone {
  Baseline baseline;
  // The template that it was made from.
  std::string origin;
};

// Makes `to`, which must not exist, a fresh data directory with C locale, UTF8,
// UTC, and settings for data that nobody keeps; only the unix socket and
// 127.0.0.1 are trusted.
//
// The template comes from the cache, which is filled where needed: by one
// process while others wait, in a directory that gets its name when it is
// complete. A template that was changed, cut or emptied is noticed when it is
// copied, and built again. Where somebody has left a spare copy on the file
// system of `to`, that is taken, and looked at file by file.
//
// Errors: InvalidArgument for names that PostgreSQL cannot have; those of the
//   disk; Internal with the output of initdb; DeadlineExceeded.
// Thread-safety: any number of threads and processes.
absl::StatusOr<Clone> CloneTemplate(const TemplateOptions& options,
                                    const Binaries& binaries,
                                    const RunAs& run_as, const std::string& to);

// Makes `used`, a copy of the template `origin` that no server runs in any
// more, like new again and the template's spare, which the next CloneTemplate()
// of any process takes. A template has one spare at most, inside of its own
// directory; it goes with it. Nobody waits for it: on an error, and where there
// is a spare, `used` stays where it is for the caller to remove.
//
// Errors: AlreadyExists; Unavailable while the template is built; DataLoss
//   where it is gone or broken; FailedPrecondition on another file system;
//   those of the disk.
absl::Status KeepAsSpare(const std::string& origin, const RunAs& run_as,
                         const std::string& used);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_TEMPLATE_CACHE_H_
