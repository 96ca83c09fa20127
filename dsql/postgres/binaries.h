// SPDX-License-Identifier: Apache-2.0

// Where PostgreSQL's programs are.

#ifndef DSQL_POSTGRES_BINARIES_H_
#define DSQL_POSTGRES_BINARIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsql/postgres/server_options.h"

namespace dsql::postgres {

// The oldest major version that works.
constexpr int kMinimumMajorVersion = 14;

// The one that DSQL is.
constexpr int kPreferredMajorVersion = 16;

struct Binaries {
  std::string bin_dir;
  // As `postgres --version` prints it: "15.20 (Debian 15.20-0+deb12u1)".
  std::string version;
  int major_version = 0;

  std::string postgres() const { return bin_dir + "/postgres"; }
  std::string initdb() const { return bin_dir + "/initdb"; }
};

// An explicit choice is never overruled: `options.bin_dir`, or else the
// environment variable DSQL_POSTGRES_BIN. Without one, searches `pg_config
// --bindir`, PATH, and /usr/lib/postgresql/*/bin with the newest version first,
// and takes the first that is of kPreferredMajorVersion, or else the first. A
// directory that is found but unusable is passed over. What programs say of
// themselves is remembered until their files change.
//
// Errors: NotFound, with all that was tried and what to do;
//   FailedPrecondition where the only ones found are too old.
absl::StatusOr<Binaries> FindBinaries(const BinariesOptions& options = {});

// The major version in the output of `postgres --version`, or 0.
int ParseMajorVersion(const std::string& version);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_BINARIES_H_
