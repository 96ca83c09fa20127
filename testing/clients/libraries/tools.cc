// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/libraries/tools.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace dsql_testing {

bool ToolsAreRequired() {
  const char* const value = getenv("DSQL_TEST_REQUIRE_TOOLS");
  return value != nullptr && absl::string_view(value) == "1";
}

std::string FindFile(const std::string& pattern) {
  glob_t found;
  std::string path;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) path = found.gl_pathv[0];
  globfree(&found);
  return path;
}

PublicCopy::PublicCopy(const std::string& file) {
  // Not below TEST_TMPDIR, which other users may not enter.
  char name[] = "/tmp/dsql-client-XXXXXX";
  EXPECT_NE(mkdtemp(name), nullptr);
  directory_ = name;
  path_ = absl::StrCat(directory_, "/copy");
  std::ofstream(path_) << std::ifstream(file).rdbuf();
  EXPECT_EQ(chmod(directory_.c_str(), 0755), 0);
  EXPECT_EQ(chmod(path_.c_str(), 0644), 0);
}

PublicCopy::~PublicCopy() {
  unlink(path_.c_str());
  EXPECT_EQ(rmdir(directory_.c_str()), 0) << directory_;
}

}  // namespace dsql_testing
