// SPDX-License-Identifier: Apache-2.0

// PostgreSQL as one starts it by hand, to compare with.

#ifndef TESTING_BENCHMARKS_PLAIN_POSTGRES_H_
#define TESTING_BENCHMARKS_PLAIN_POSTGRES_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsql/postgres/connection.h"

namespace dsql_testing {

// initdb, then `postgres`, in a directory of its own on /dev/shm.
// Thread-compatible.
class PlainPostgres {
 public:
  // Returns once it answers SELECT 1. `settings` are "name=value".
  static absl::StatusOr<std::unique_ptr<PlainPostgres>> Start(
      const std::vector<std::string>& settings = {});

  // Ends the server and removes the directory.
  ~PlainPostgres();

  // The settings that FakeDsql's servers have.
  static std::vector<std::string> FakeDsqlSettings();

  absl::StatusOr<dsql::postgres::Connection> Connect(
      const std::string& database = "postgres") const;

  pid_t pid() const { return pid_; }

 private:
  PlainPostgres() = default;

  std::string directory_;
  pid_t pid_ = 0;
};

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_PLAIN_POSTGRES_H_
