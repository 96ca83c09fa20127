// SPDX-License-Identifier: Apache-2.0

// moto's server, which fakes AWS in Python, to compare with.

#ifndef TESTING_BENCHMARKS_MOTO_SERVER_H_
#define TESTING_BENCHMARKS_MOTO_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace dsql_testing {

// The process, for as long as this lives.
class MotoServer {
 public:
  // Listens when it returns.
  //
  // Errors: NotFound where `python3 -m moto.server` cannot be;
  // DeadlineExceeded.
  static absl::StatusOr<std::unique_ptr<MotoServer>> Start();
  ~MotoServer();
  MotoServer(const MotoServer&) = delete;
  MotoServer& operator=(const MotoServer&) = delete;

  int port() const { return port_; }

  // Returns the request by which to get the cluster.
  //
  // Errors: Internal with moto's answer where it knows no such operation.
  absl::StatusOr<std::string> CreateCluster();

 private:
  MotoServer(pid_t pid, int port) : pid_(pid), port_(port) {}

  const pid_t pid_;
  const int port_;
};

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_MOTO_SERVER_H_
