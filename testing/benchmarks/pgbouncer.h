// SPDX-License-Identifier: Apache-2.0

// pgbouncer, to compare with.

#ifndef TESTING_BENCHMARKS_PGBOUNCER_H_
#define TESTING_BENCHMARKS_PGBOUNCER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace dsql_testing {

// pgbouncer with session pooling in front of a server of this machine, for as
// long as this lives.
class Pgbouncer {
 public:
  // Listens when it returns.
  //
  // Errors: NotFound where Debian's package is not installed; DeadlineExceeded.
  static absl::StatusOr<std::unique_ptr<Pgbouncer>> Start(int server_port);
  ~Pgbouncer();
  Pgbouncer(const Pgbouncer&) = delete;
  Pgbouncer& operator=(const Pgbouncer&) = delete;

  std::string conninfo() const;

 private:
  Pgbouncer(int port, const std::string& directory);

  const int port_;
  const std::string directory_;
};

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_PGBOUNCER_H_
