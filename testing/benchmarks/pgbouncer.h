// SPDX-License-Identifier: Apache-2.0

// pgbouncer, to compare with.

#ifndef TESTING_BENCHMARKS_PGBOUNCER_H_
#define TESTING_BENCHMARKS_PGBOUNCER_H_

#include <string>

namespace dsql_testing {

// pgbouncer with session pooling in front of a server of this machine, for as
// long as this lives.
class Pgbouncer {
 public:
  // Whether there is Debian's package.
  static bool IsInstalled();

  Pgbouncer(int port, int server_port);
  ~Pgbouncer();

  std::string conninfo() const;

 private:
  const int port_;
  const std::string directory_;
};

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_PGBOUNCER_H_
