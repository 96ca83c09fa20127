// SPDX-License-Identifier: Apache-2.0

#include "testing/transports/programs.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/binaries.h"
#include "dsql/postgres/command.h"
#include "testing/clients/libraries/tools.h"

namespace dsql_testing {
namespace {

std::string EnvironmentOr(const char* name, const std::string& otherwise) {
  const char* const value = getenv(name);
  return value == nullptr ? otherwise : value;
}

}  // namespace

std::string FindNssWrapper() {
  return FindFile("/usr/lib/*/libnss_wrapper.so");
}

std::string FindPsql() {
  const auto binaries = dsql::postgres::FindBinaries();
  const std::string beside =
      binaries.ok() ? FindFile(binaries->bin_dir + "/psql") : "";
  return beside.empty() ? FindFile("/usr/bin/psql") : beside;
}

std::string FindNode() {
  return FindFile(EnvironmentOr("DSQL_SDK_NODE", "/usr/bin/node"));
}

std::string FindNodeModules() {
  const std::string modules = EnvironmentOr("DSQL_SDK_NODE_MODULES", "");
  return FindFile(modules + "/ws").empty() ? "" : modules;
}

std::string FindChromium() {
  return FindFile("/usr/bin/chromium-headless-shell");
}

std::string FindCertutil() { return FindFile("/usr/bin/certutil"); }

std::string RunWith(const std::map<std::string, std::string>& environment,
                    const std::vector<std::string>& argv) {
  dsql::postgres::Command command;
  command.argv = {"/usr/bin/env"};
  for (const auto& [name, value] : environment)
    command.argv.push_back(absl::StrCat(name, "=", value));
  command.argv.insert(command.argv.end(), argv.begin(), argv.end());
  const auto output = dsql::postgres::RunCommand(command);
  return output.ok() ? *output : std::string(output.status().message());
}

}  // namespace dsql_testing
