// SPDX-License-Identifier: Apache-2.0

// What the control plane costs with each Storage, by the number of clusters
// that there are and of processes that share them.

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/server.h"
#include "dsql/storage/directory_storage.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/postgres/postgres_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/benchmarks/check.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::Storage;
using ::dsql::WriteBatch;
using ::dsql::postgres::PostgresServer;

enum Kind { kMemory, kDirectory, kPostgres };

// A store with everything it needs, of which there may be several objects.
class Store {
 public:
  explicit Store(Kind kind) : kind_(kind) {
    if (kind == kDirectory) {
      const char* tmp = getenv("TMPDIR");
      std::string path =
          absl::StrCat(tmp == nullptr ? "/var/tmp" : tmp, "/recordsXXXXXX");
      path_ = mkdtemp(path.data()) == nullptr ? "" : path;
    } else if (kind == kPostgres) {
      server_ = Check(PostgresServer::Start());
    }
  }
  ~Store() {
    if (!path_.empty()) std::filesystem::remove_all(path_);
  }

  std::unique_ptr<Storage> Open() {
    if (kind_ == kMemory) return std::make_unique<dsql::InMemoryStorage>();
    if (kind_ == kDirectory) {
      return Check(dsql::DirectoryStorage::Open(path_));
    }
    return Check(dsql::PostgresStorage::Open(server_->conninfo()));
  }

 private:
  const Kind kind_;
  std::string path_;
  std::unique_ptr<PostgresServer> server_;
};

std::unique_ptr<FakeDsql> NewFake(Storage* storage) {
  dsql::FakeDsqlOptions options;
  options.postgres.enabled = false;
  options.storage = storage;
  options.quotas.single_region_clusters = 1 << 30;
  return *FakeDsql::Create(options);
}

// Copies the record of a cluster until there are `count`.
void Fill(Storage* storage, int64_t count) {
  const auto one = Check(storage->Scan("clusters", {"", "", 1}));
  for (int64_t i = 0; i < count;) {
    WriteBatch batch;
    for (int64_t end = i + 1000; i < end && i < count; ++i) {
      batch.Put("clusters", absl::StrCat("us-east-1/", i), one.at(0).value);
    }
    const absl::Status committed = storage->Commit(batch);
    if (!committed.ok()) Check(absl::StatusOr<int>(committed));
  }
}

void BM_CreateCluster(benchmark::State& state, Kind kind) {
  Store store(kind);
  const auto storage = store.Open();
  const auto fake = NewFake(storage.get());
  Check(fake->clusters().CreateCluster({}));
  Fill(storage.get(), state.range(0));
  for (auto _ : state) {
    Check(fake->clusters().CreateCluster({}));
  }
}

void BM_GetCluster(benchmark::State& state, Kind kind) {
  Store store(kind);
  const auto storage = store.Open();
  const auto fake = NewFake(storage.get());
  dsql::v1::GetClusterInput input;
  input.set_identifier(fake->clusters().CreateCluster({})->identifier());
  Fill(storage.get(), state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(fake->clusters().GetCluster(input));
  }
}

#define DSQL_BENCHMARK_STORES(function)              \
  BENCHMARK_CAPTURE(function, memory, kMemory)       \
      ->Arg(1)                                       \
      ->Arg(100000)                                  \
      ->UseRealTime()                                \
      ->Unit(benchmark::kMicrosecond);               \
  BENCHMARK_CAPTURE(function, directory, kDirectory) \
      ->Arg(1)                                       \
      ->Arg(100000)                                  \
      ->UseRealTime()                                \
      ->Unit(benchmark::kMicrosecond);               \
  BENCHMARK_CAPTURE(function, postgres, kPostgres)   \
      ->Arg(1)                                       \
      ->Arg(100000)                                  \
      ->UseRealTime()                                \
      ->Unit(benchmark::kMicrosecond)

// As many objects on one table as there were processes; each changes the tags
// of clusters of its own, or all create clusters, which count in one record.
void RunTogether(benchmark::State& state, bool creates) {
  Store store(kPostgres);
  const int64_t processes = state.range(0);
  std::vector<std::unique_ptr<Storage>> storages;
  std::vector<std::unique_ptr<FakeDsql>> fakes;
  std::vector<std::string> clusters;
  for (int64_t i = 0; i < processes; ++i) {
    storages.push_back(store.Open());
    fakes.push_back(NewFake(storages.back().get()));
    clusters.push_back(
        fakes.back()->clusters().CreateCluster({})->identifier());
  }
  constexpr int kCalls = 20;
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (int64_t i = 0; i < processes; ++i) {
      threads.emplace_back([&, i] {
        dsql::v1::UpdateClusterInput update;
        update.set_identifier(clusters[i]);
        for (int call = 0; call < kCalls; ++call) {
          update.set_deletion_protection_enabled(call % 2 == 0);
          if (creates) {
            Check(fakes[i]->clusters().CreateCluster({}));
          } else {
            Check(fakes[i]->clusters().UpdateCluster(update));
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  state.SetItemsProcessed(state.iterations() * processes * kCalls);
}

void BM_ProcessesUpdate(benchmark::State& state) { RunTogether(state, false); }
void BM_ProcessesCreate(benchmark::State& state) { RunTogether(state, true); }

DSQL_BENCHMARK_STORES(BM_CreateCluster);
DSQL_BENCHMARK_STORES(BM_GetCluster);
BENCHMARK(BM_ProcessesUpdate)->Arg(1)->Arg(8)->Arg(32)->UseRealTime();
BENCHMARK(BM_ProcessesCreate)->Arg(1)->Arg(8)->Arg(32)->UseRealTime();

}  // namespace
}  // namespace dsql_testing
