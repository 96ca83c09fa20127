// SPDX-License-Identifier: Apache-2.0

// A cluster whose server pgbouncer and others reach as well.

#ifndef TESTING_BENCHMARKS_BENCHMARK_CLUSTER_H_
#define TESTING_BENCHMARKS_BENCHMARK_CLUSTER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dsql/cluster.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"

namespace dsql_testing {

// One cluster of a FakeDsql with all rules on, in clear and without tokens, as
// what it is compared with is in clear.
class BenchmarkCluster {
 public:
  // `change` may change the options.
  static absl::StatusOr<BenchmarkCluster> Start(
      const std::function<void(dsql::FakeDsqlOptions* options)>& change = {});

  // Through the gateway.
  const std::string& gateway() const { return gateway_; }
  // To the same server and database, past the gateway.
  std::string direct() const;

  int server_port() const { return server_port_; }
  const dsql::Cluster& cluster() const { return cluster_; }

 private:
  BenchmarkCluster(std::unique_ptr<dsql::FakeDsql> fake, dsql::Cluster cluster,
                   int server_port, std::string gateway);

  std::unique_ptr<dsql::FakeDsql> fake_;
  dsql::Cluster cluster_;
  int server_port_;
  std::string gateway_;
};

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_BENCHMARK_CLUSTER_H_
