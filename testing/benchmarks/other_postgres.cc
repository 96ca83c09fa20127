// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/other_postgres.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/command.h"
#include "dsql/postgres/run_as.h"

namespace dsql_testing {
namespace {

constexpr char kPgVirtualenv[] = "/usr/bin/pg_virtualenv";
// Relative to the runfiles, where `bazel run` starts programs.
constexpr char kScript[] = "testing/benchmarks/first_row.mjs";

// The number in the last line of `output`.
absl::StatusOr<double> LastNumber(const std::string& output) {
  const std::vector<std::string> lines =
      absl::StrSplit(output, '\n', absl::SkipWhitespace());
  double number = 0;
  if (lines.empty() || !absl::SimpleAtod(lines.back(), &number)) {
    return absl::InternalError("no number at the end of: " + output);
  }
  return number;
}

// A package of npm's, in the process of node.
absl::StatusOr<double> OfNpm(const std::string& package,
                             const std::string& name) {
  const char* const node = getenv("DSQL_BENCHMARK_NODE");
  const char* const modules = getenv("DSQL_BENCHMARK_NODE_MODULES");
  if (node == nullptr || modules == nullptr ||
      !std::filesystem::exists(absl::StrCat(modules, "/", package))) {
    return absl::NotFoundError(
        absl::StrCat("npm's ", package, " is not installed"));
  }
  dsql::postgres::Command command;
  command.argv = {node, kScript, modules, name};
  DSQL_ASSIGN_OR_RETURN(command.run_as, dsql::postgres::ResolveRunAs());
  DSQL_ASSIGN_OR_RETURN(const std::string output,
                        dsql::postgres::RunCommand(command));
  return LastNumber(output);
}

}  // namespace

absl::StatusOr<double> PgVirtualenv() {
  if (access(kPgVirtualenv, X_OK) != 0) {
    return absl::NotFoundError("package postgresql-common is not installed");
  }
  // psql's row, and when it came; then pg_virtualenv tells what it drops.
  constexpr char kFirstRow[] =
      "psql -XAtqc 'SELECT 1' && echo first row at $(date +%s%N)";
  dsql::postgres::Command command;
  command.argv = {"/usr/bin/env", "TMPDIR=/dev/shm", kPgVirtualenv, "-t", "sh",
                  "-c",           kFirstRow};
  const absl::Time start = absl::Now();
  DSQL_ASSIGN_OR_RETURN(const std::string output,
                        dsql::postgres::RunCommand(command));
  const std::vector<std::string> parts =
      absl::StrSplit(output, "first row at ");
  int64_t nanoseconds = 0;
  if (parts.size() != 2 ||
      !absl::SimpleAtoi(parts[1].substr(0, parts[1].find('\n')),
                        &nanoseconds)) {
    return absl::InternalError("pg_virtualenv: " + output);
  }
  return absl::ToDoubleMilliseconds(absl::FromUnixNanos(nanoseconds) - start);
}

absl::StatusOr<double> EmbeddedPostgres() {
  return OfNpm("embedded-postgres", "embedded-postgres");
}

absl::StatusOr<double> Pglite() {
  return OfNpm("@electric-sql/pglite", "pglite");
}

}  // namespace dsql_testing
