// SPDX-License-Identifier: Apache-2.0

// What the tests of clients need of the machine.

#ifndef TESTING_CLIENTS_LIBRARIES_TOOLS_H_
#define TESTING_CLIENTS_LIBRARIES_TOOLS_H_

#include <string>

#include "gtest/gtest.h"

// Skips the test and says why; fails it if the environment says
// DSQL_TEST_REQUIRE_TOOLS=1.
#define DSQL_SKIP_WITHOUT_TOOL(reason)                          \
  do {                                                          \
    ASSERT_FALSE(dsql_testing::ToolsAreRequired()) << (reason); \
    GTEST_SKIP() << (reason);                                   \
  } while (false)

namespace dsql_testing {

bool ToolsAreRequired();

// The first file that matches the shell pattern, such as
// /usr/lib/*/odbc/psqlodbcw.so; empty where there is none.
std::string FindFile(const std::string& pattern);

// Keeps a copy of a file that other users may read, as the CA of a cluster is
// only this process's. Gone with the object.
class PublicCopy {
 public:
  explicit PublicCopy(const std::string& file);
  ~PublicCopy();
  PublicCopy(const PublicCopy&) = delete;
  PublicCopy& operator=(const PublicCopy&) = delete;

  // Holds the copy; readable by all.
  const std::string& directory() const { return directory_; }
  const std::string& path() const { return path_; }

 private:
  std::string directory_;
  std::string path_;
};

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_LIBRARIES_TOOLS_H_
