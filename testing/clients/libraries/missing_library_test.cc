// SPDX-License-Identifier: Apache-2.0

// Stands for the test of a client whose library is not installed.

#include <cstdlib>
#include <string>

#include "gtest/gtest.h"
#include "testing/clients/libraries/tools.h"

namespace dsql_testing {
namespace {

TEST(MissingLibraryTest, IsToBeInstalled) {
  const char* const packages = std::getenv("DSQL_MISSING_PACKAGES");
  DSQL_SKIP_WITHOUT_TOOL(
      "the client's library is not installed: apt-get "
      "install " +
      std::string(packages == nullptr ? "" : packages));
}

}  // namespace
}  // namespace dsql_testing
