// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/test_environment.h"

#include <deque>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/control/call_log.h"
#include "dsql/gateway/session/sql_log.h"
#include "dsql/postgres/server_pool.h"

namespace dsql_testing {
namespace {

using ::dsql::Cluster;
using ::dsql::ClusterSnapshot;
using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::ServerPool;
using ::dsql::postgres::ServerPoolOptions;

// The pool that all with these options share; gone when the process exits.
std::shared_ptr<ServerPool> PoolOfProcess(const ServerPoolOptions& options) {
  static absl::Mutex* const mutex = new absl::Mutex();
  static std::vector<std::shared_ptr<ServerPool>> pools;
  absl::MutexLock lock(mutex);
  for (const auto& pool : pools) {
    if (pool->options() == options) return pool;
  }
  pools.push_back(std::make_shared<ServerPool>(options));
  return pools.back();
}

// What a TestEnvironment::Prepare left.
struct Prepared {
  std::string name;
  ServerPoolOptions servers;
  absl::Status status;
  // Absent where it did nothing.
  absl::optional<ClusterSnapshot> snapshot;
};

absl::Mutex* PreparedMutex() {
  static absl::Mutex* const mutex = new absl::Mutex();
  return mutex;
}

// Those of this process; gone when it exits.
std::deque<Prepared>& AllPrepared() {
  static std::deque<Prepared> prepared;
  return prepared;
}

const Prepared* FindPrepared(const std::string& name,
                             const ServerPoolOptions& servers) {
  for (const Prepared& prepared : AllPrepared()) {
    if (prepared.name == name && prepared.servers == servers) return &prepared;
  }
  return nullptr;
}

absl::StatusOr<absl::optional<ClusterSnapshot>> SnapshotAfter(
    const TestEnvironment& environment,
    const TestEnvironment::Prepare& prepare) {
  DSQL_RETURN_IF_ERROR(prepare(environment));
  if (environment.cluster().sql_log().entries().empty()) return absl::nullopt;
  DSQL_ASSIGN_OR_RETURN(ClusterSnapshot snapshot,
                        environment.cluster().Snapshot());
  return absl::make_optional(std::move(snapshot));
}

}  // namespace

TestEnvironment::TestEnvironment(std::unique_ptr<FakeDsql> fake,
                                 Cluster cluster)
    : fake_(std::move(fake)), cluster_(std::move(cluster)) {}

absl::StatusOr<TestEnvironment> TestEnvironment::Create(
    FakeDsqlOptions options) {
  return Make(std::move(options), absl::nullopt);
}

absl::StatusOr<TestEnvironment> TestEnvironment::Create(
    FakeDsqlOptions options, const std::string& name, const Prepare& prepare) {
  const ServerPoolOptions servers = options.postgres.pool == nullptr
                                        ? options.server_pool_options()
                                        : options.postgres.pool->options();
  absl::optional<ClusterSnapshot> snapshot;
  {
    absl::MutexLock lock(PreparedMutex());
    const Prepared* prepared = FindPrepared(name, servers);
    if (prepared == nullptr) {
      DSQL_ASSIGN_OR_RETURN(TestEnvironment environment, Make(options, {}));
      auto taken = SnapshotAfter(environment, prepare);
      AllPrepared().push_back({name, servers, taken.status(),
                               std::move(taken).value_or(absl::nullopt)});
      prepared = &AllPrepared().back();
      // As good as new, for who prepares nothing.
      if (prepared->status.ok() && !prepared->snapshot.has_value())
        return environment;
    }
    DSQL_RETURN_IF_ERROR(prepared->status);
    snapshot = prepared->snapshot;
  }
  return Make(std::move(options), snapshot);
}

absl::StatusOr<TestEnvironment> TestEnvironment::Make(
    FakeDsqlOptions options, const absl::optional<ClusterSnapshot>& snapshot) {
  if (options.postgres.enabled && options.postgres.pool == nullptr &&
      options.data_dir.empty())
    options.postgres.pool = PoolOfProcess(options.server_pool_options());
  options.sql_log = true;
  absl::StatusOr<std::unique_ptr<FakeDsql>> fake =
      FakeDsql::Create(std::move(options));
  if (!fake.ok()) return fake.status();
  absl::StatusOr<Cluster> cluster = snapshot.has_value()
                                        ? (*fake)->CreateCluster(*snapshot)
                                        : (*fake)->CreateCluster();
  if (!cluster.ok()) return cluster.status();
  (*fake)->calls().Clear();
  return TestEnvironment(*std::move(fake), *std::move(cluster));
}

void TestEnvironment::PrintLogs(std::ostream& out) const {
  if (!fake_->calls().All().empty())
    out << "Operations that were called:\n" << fake_->calls();
  const std::vector<dsql::SqlLogEntry> entries = cluster_.sql_log().entries();
  if (entries.empty()) return;
  out << "SQL of cluster " << cluster_.identifier()
      << ", as [session.transaction]:\n";
  for (const dsql::SqlLogEntry& entry : entries) out << entry << "\n";
}

TestEnvironment TestEnvironment::Unusable() {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  std::unique_ptr<FakeDsql> fake = *FakeDsql::Create(std::move(options));
  fake->Stop().IgnoreError();
  return TestEnvironment(std::move(fake), Cluster());
}

}  // namespace dsql_testing
