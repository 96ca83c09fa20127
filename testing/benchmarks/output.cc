// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/output.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

namespace dsql_testing {

std::string OutputDirectory(const std::string& chosen) {
  const char* user = getenv("BUILD_WORKING_DIRECTORY");
  if (user == nullptr) user = getenv("TEST_TMPDIR");
  const std::string here = user == nullptr ? "." : user;
  if (chosen.empty()) return here;
  return chosen[0] == '/' ? chosen : here + "/" + chosen;
}

bool WriteOutput(const std::string& path, absl::string_view contents) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(),
                                      error);
  std::ofstream file(path);
  file << contents;
  file.close();
  std::cerr << (file.fail() ? "cannot write " : "written: ") << path << "\n";
  return !file.fail();
}

bool TellChart(const absl::Status& drawn) {
  if (!drawn.ok()) std::cerr << drawn.message() << "\n";
  return drawn.ok() || absl::IsNotFound(drawn);
}

}  // namespace dsql_testing
