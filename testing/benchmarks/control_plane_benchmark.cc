// SPDX-License-Identifier: Apache-2.0

// What the control plane costs, without PostgreSQL.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "benchmark/benchmark.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/benchmarks/paired.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;

FakeDsqlOptions ControlPlaneOnly() {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  options.quotas.single_region_clusters = 1 << 30;
  return options;
}

// A cluster with the tags of the guide.
dsql::v1::GetClusterInput NewCluster(FakeDsql* fake) {
  dsql::v1::CreateClusterInput create;
  (*create.mutable_tags())["Name"] = "my-cluster";
  (*create.mutable_tags())["Env"] = "dev";
  (*create.mutable_tags())["Team"] = "platform";
  dsql::v1::GetClusterInput input;
  input.set_identifier(fake->clusters().CreateCluster(create)->identifier());
  return input;
}

// Target: at most 100 us.
void BM_CreateUseDestroy(benchmark::State& state) {
  for (auto _ : state) {
    const auto fake = FakeDsql::Create(ControlPlaneOnly());
    const auto input = NewCluster(fake->get());
    benchmark::DoNotOptimize((*fake)->clusters().GetCluster(input));
  }
}
BENCHMARK(BM_CreateUseDestroy)->Unit(benchmark::kMicrosecond);

// Target: a ratio of at most 3 to a look-up and a copy under a mutex.
void BM_GetCluster(benchmark::State& state) {
  const auto fake = FakeDsql::Create(ControlPlaneOnly());
  const auto input = NewCluster(fake->get());
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, dsql::v1::GetClusterOutput> map;
  map[input.identifier()] = *(*fake)->clusters().GetCluster(input);
  constexpr int kCalls = 1000;
  dsql::ClusterManager& clusters = (*fake)->clusters();
  RunPaired(
      state,
      [&] {
        for (int i = 0; i < kCalls; ++i) {
          benchmark::DoNotOptimize(clusters.GetCluster(input));
        }
      },
      [&] {
        for (int i = 0; i < kCalls; ++i) {
          absl::MutexLock lock(&mutex);
          dsql::v1::GetClusterOutput copy = map.at(input.identifier());
          benchmark::DoNotOptimize(copy);
        }
      });
}
BENCHMARK(BM_GetCluster)->Unit(benchmark::kMicrosecond);

// Target: two threads have at least 1.5 times the rate of one, that is,
// `ratio`, the time of twice the calls on two threads over that of once on one,
// is at most 1.33.
void BM_GetClusterOnTwoThreads(benchmark::State& state) {
  const auto fake = FakeDsql::Create(ControlPlaneOnly());
  const auto one = NewCluster(fake->get());
  const auto another = NewCluster(fake->get());
  dsql::ClusterManager& clusters = (*fake)->clusters();
  const auto calls = [&](const dsql::v1::GetClusterInput& input) {
    for (int i = 0; i < 20000; ++i) {
      benchmark::DoNotOptimize(clusters.GetCluster(input));
    }
  };
  RunPaired(
      state,
      [&] {
        std::thread other([&] { calls(another); });
        calls(one);
        other.join();
      },
      [&] { calls(one); });
}
BENCHMARK(BM_GetClusterOnTwoThreads)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsql_testing
