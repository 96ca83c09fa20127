// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/environment.h"

#include <cstdlib>

#include "absl/strings/str_split.h"

namespace dsql::postgres {
namespace {

std::string Get(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here sets variables
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Environment ReadEnvironment() {
  Environment environment;
  environment.postgres_bin = Get("DSQL_POSTGRES_BIN");
  environment.keep_servers = Get("DSQL_KEEP") == "1";
  environment.path = absl::StrSplit(Get("PATH"), ':', absl::SkipEmpty());
  for (const char* name : {"TEST_TMPDIR", "TMPDIR"}) {
    std::string directory = Get(name);
    if (!directory.empty()) {
      environment.temporary_directories.push_back(std::move(directory));
    }
  }
  environment.temporary_directories.push_back("/tmp");
  return environment;
}

}  // namespace dsql::postgres
