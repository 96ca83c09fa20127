// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/world.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/change_stream.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/fault_injector.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/chaos/resources.h"

namespace dsql_testing {
namespace {

constexpr char kKey[] = "alias/chaos";

dsql::FakeDsqlOptions OptionsOf(const WorldOptions& world) {
  dsql::FakeDsqlOptions options;
  options.quotas.single_region_clusters = 1000;
  // 50 threads that connect again and again are no attack here.
  options.gateway.quotas.connections_per_second = 1e6;
  options.gateway.quotas.burst = 1e6;
  options.streams.sink = world.sink;
  options.http.enabled = true;
  options.storage = world.storage;
  options.postgres.pool_options.server.data_directory.parent =
      world.directory + "/servers";
  if (world.lasting) {
    options.data_dir = world.directory + "/data";
  } else {
    options.gateway.tls = false;
    options.gateway.tokens = false;
  }
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<World>> World::Open(
    const WorldOptions& options) {
  // One that is there is as good.
  mkdir((options.directory + "/servers").c_str(), 0755);
  auto world = absl::WrapUnique(new World(options));
  DSQL_ASSIGN_OR_RETURN(world->fake_,
                        dsql::FakeDsql::Create(OptionsOf(options)));
  return world;
}

absl::StatusOr<dsql::Cluster> World::cluster(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto found = clusters_.find(name);
  if (found != clusters_.end()) return found->second;
  dsql::v1::CreateClusterInput input;
  input.set_client_token(name);
  input.set_deletion_protection_enabled(false);
  if (IsSealed(name)) input.set_kms_encryption_key(kKey);
  DSQL_ASSIGN_OR_RETURN(const auto created,
                        fake_->clusters().CreateCluster(input));
  DSQL_ASSIGN_OR_RETURN(clusters_[name], fake_->cluster(created.arn()));
  return clusters_[name];
}

bool World::IsServerProcess(pid_t pid) const {
  return absl::StartsWith(WorkingDirectory(pid), options_.directory + "/") &&
         absl::StrContains(CommandLine(pid), "postgres");
}

std::vector<pid_t> World::ServerProcesses() const {
  std::vector<pid_t> servers;
  for (const pid_t pid : Descendants(getpid())) {
    if (IsServerProcess(pid)) servers.push_back(pid);
  }
  return servers;
}

std::vector<pid_t> World::Backends() const {
  std::vector<pid_t> backends;
  for (const pid_t pid : ServerProcesses()) {
    if (absl::StrContains(CommandLine(pid), "[local]")) backends.push_back(pid);
  }
  return backends;
}

void World::ClearFaults() {
  fake_->faults().Clear();
  absl::MutexLock lock(&mutex_);
  for (const auto& entry : clusters_) {
    entry.second.connection_faults().Clear();
    entry.second.transactions().Clear();
  }
}

absl::Status World::Close() {
  const absl::Status status = fake_->Stop();
  fake_.reset();
  return status;
}

}  // namespace dsql_testing
