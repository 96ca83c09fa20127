// SPDX-License-Identifier: Apache-2.0

// What the tests of this folder share.

#ifndef DSQL_POSTGRES_TEST_SUPPORT_H_
#define DSQL_POSTGRES_TEST_SUPPORT_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/unique_fd.h"
#include "gtest/gtest.h"

// Skips the test where there is no PostgreSQL, or fails it if the environment
// says DSQL_TEST_REQUIRE_TOOLS=1.
#define DSQL_REQUIRE_POSTGRES()                                   \
  do {                                                            \
    const std::string reason = dsql::postgres::MissingPostgres(); \
    if (!reason.empty()) {                                        \
      ASSERT_FALSE(dsql::postgres::ToolsAreRequired()) << reason; \
      GTEST_SKIP() << reason;                                     \
    }                                                             \
  } while (false)

#define DSQL_ASSERT_OK(expr)                                         \
  do {                                                               \
    const absl::Status dsql_status = dsql::postgres::StatusOf(expr); \
    ASSERT_TRUE(dsql_status.ok()) << dsql_status;                    \
  } while (false)

namespace dsql::postgres {

// Empty where PostgreSQL was found.
std::string MissingPostgres();
bool ToolsAreRequired();

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

// A new directory below TEST_TMPDIR, which Bazel removes.
std::string MakeTestDirectory(const std::string& name);

// Returns whether `condition` came true in time.
bool WaitUntil(const std::function<bool()>& condition,
               absl::Duration timeout = absl::Seconds(30));

bool ProcessExists(pid_t pid);
bool PathExists(const std::string& path);
pid_t ParentOf(pid_t pid);
// Those that the main thread of `pid` started or was given.
std::vector<pid_t> ChildrenOf(pid_t pid);
int CountOpenDescriptors();

// The first value of the first row, as text; the error's text otherwise.
std::string QueryText(Connection* connection, const std::string& sql);

// start_server_main, in a process of its own. The destructor kills it.
class ServerProgram {
 public:
  explicit ServerProgram(const std::vector<std::string>& arguments);
  ~ServerProgram();

  // What it prints, a line each: "ok", the server's directory, its pid, its
  // socket's directory; or the error.
  std::vector<std::string> Output();
  pid_t pid() const { return pid_; }
  // Has it stop its server and end, which takes a moment.
  void End() { input_.Close(); }
  // Returns when its orphans are gone as well: the guardians, done with their
  // work, and the server.
  void Kill();

 private:
  pid_t pid_ = -1;
  UniqueFd output_, input_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_TEST_SUPPORT_H_
