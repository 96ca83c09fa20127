// SPDX-License-Identifier: Apache-2.0

// Who a PostgreSQL program runs as. initdb and postgres refuse uid 0, which is
// what containers, CI and Bazel's sandbox run as.

#ifndef DSQL_POSTGRES_RUN_AS_H_
#define DSQL_POSTGRES_RUN_AS_H_

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"
#include "dsql/postgres/server_options.h"

namespace dsql::postgres {

// What to do in the child process; made by ResolveRunAs().
struct RunAs {
  RunAsMode mode = RunAsMode::kSelf;
  // kSetUid: who to become, and the owner of the files.
  uid_t uid = 0;
  gid_t gid = 0;
  // kUserNamespace: the contents of /proc/self/uid_map and gid_map.
  std::string uid_map;
  std::string gid_map;
};

// Decides how children run, by trying it in a short-lived child, once in the
// life of this process.
//
// Errors: FailedPrecondition where no way works, with what to do.
absl::StatusOr<RunAs> ResolveRunAs(RunAsMode mode = RunAsMode::kAuto);

// Makes the calling process run as `run_as`. Returns 0 or an errno.
// Async-signal-safe: for use between fork and exec.
int BecomeInChild(const RunAs& run_as);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_RUN_AS_H_
