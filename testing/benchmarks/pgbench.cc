// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/pgbench.h"

#include <stdio.h>
#include <stdlib.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace dsql_testing {

std::string PostgresProgram(absl::string_view name) {
  const char* const directory = getenv("DSQL_POSTGRES_BIN");
  return absl::StrCat(
      directory == nullptr ? "/usr/lib/postgresql/15/bin" : directory, "/",
      name);
}

double Pgbench(absl::string_view arguments, absl::string_view conninfo) {
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
  if (pclose(output) == 0) return tps;
  fprintf(stderr, "%s\n", all.c_str());
  return 0;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace dsql_testing
