// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/server_memory.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"

namespace dsql_testing {
namespace {

// The children of a process, as the kernel lists them.
std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::ifstream list(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  std::vector<pid_t> children;
  pid_t child;
  while (list >> child) children.push_back(child);
  return children;
}

}  // namespace

int64_t MemoryOfTree(pid_t root) {
  int64_t bytes = 0;
  std::ifstream rollup(absl::StrCat("/proc/", root, "/smaps_rollup"));
  std::string word;
  while (rollup >> word) {
    int64_t kilobytes;
    if (word == "Pss:" && rollup >> kilobytes) bytes += kilobytes * 1024;
  }
  for (const pid_t child : ChildrenOf(root)) bytes += MemoryOfTree(child);
  return bytes;
}

absl::StatusOr<pid_t> ServerOf(dsql::postgres::Connection* connection) {
  DSQL_ASSIGN_OR_RETURN(const auto result,
                        connection->Execute("SELECT pg_backend_pid()"));
  DSQL_ASSIGN_OR_RETURN(const int backend, result.Scalar<int>());
  // The parent of a backend is its server.
  std::ifstream status(absl::StrCat("/proc/", backend, "/status"));
  std::string word;
  pid_t parent = 0;
  while (status >> word) {
    if (word == "PPid:") status >> parent;
  }
  return parent;
}

}  // namespace dsql_testing
