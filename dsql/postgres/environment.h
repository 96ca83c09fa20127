// SPDX-License-Identifier: Apache-2.0

// The environment variables that this library looks at, read in this one place.

#ifndef DSQL_POSTGRES_ENVIRONMENT_H_
#define DSQL_POSTGRES_ENVIRONMENT_H_

#include <string>
#include <vector>

namespace dsql::postgres {

// An unset variable is an empty string.
struct Environment {
  // DSQL_POSTGRES_BIN: the directory that holds `postgres` and `initdb`.
  std::string postgres_bin;
  // PATH, split.
  std::vector<std::string> path;
  // DSQL_KEEP is 1: servers that were used are left running.
  bool keep_servers = false;
  // TEST_TMPDIR and TMPDIR, as far as set, then /tmp.
  std::vector<std::string> temporary_directories;
};

// Thread-safety: as getenv() is, that is, beside anything but setenv().
Environment ReadEnvironment();

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_ENVIRONMENT_H_
