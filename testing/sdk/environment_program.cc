// SPDX-License-Identifier: Apache-2.0

// Runs a shell command with the environment of a cluster, and ends as it does.
//
// usage: environment_program COMMAND

#include <stdlib.h>
#include <sys/wait.h>

#include <iostream>
#include <memory>

#include "absl/status/status.h"
#include "dsql/base/status_macros.h"
#include "dsql/cluster.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"

namespace {

absl::Status Run(const char* command, int* status) {
  dsql::FakeDsqlOptions options;
  options.http.enabled = true;
  DSQL_ASSIGN_OR_RETURN(const auto fake, dsql::FakeDsql::Create(options));
  DSQL_ASSIGN_OR_RETURN(const dsql::Cluster cluster, fake->CreateCluster());
  DSQL_ASSIGN_OR_RETURN(const auto environment, cluster.Environment());
  for (const auto& [name, value] : environment)
    setenv(name.c_str(), value.c_str(), 1);
  *status = WEXITSTATUS(system(command));
  return fake->Stop();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int exit_status = 1;
  const absl::Status status = Run(argv[1], &exit_status);
  if (status.ok()) return exit_status;
  std::cerr << status << "\n";
  return 1;
}
