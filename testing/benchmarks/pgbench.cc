// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/pgbench.h"

#include <stdio.h>
#include <stdlib.h>

#include "absl/strings/str_cat.h"

namespace dsql_testing {

std::string PostgresProgram(absl::string_view name) {
  const char* const directory = getenv("DSQL_POSTGRES_BIN");
  return absl::StrCat(directory == nullptr || *directory == '\0'
                          ? "/usr/lib/postgresql/15/bin"
                          : directory,
                      "/", name);
}

absl::StatusOr<double> Pgbench(absl::string_view arguments,
                               absl::string_view conninfo) {
  const std::string command =
      absl::StrCat(PostgresProgram("pgbench"), " -n ", arguments, " \"",
                   conninfo, "\" 2>&1");
  FILE* const output = popen(command.c_str(), "r");
  double tps = 0;
  std::string all;
  char line[1024];
  while (fgets(line, sizeof(line), output) != nullptr) {
    all += line;
    sscanf(line, "tps = %lf", &tps);
  }
  if (pclose(output) == 0 && tps > 0) return tps;
  return absl::InternalError(absl::StrCat(command, ": ", all));
}

}  // namespace dsql_testing
