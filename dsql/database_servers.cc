// SPDX-License-Identifier: Apache-2.0

#include "dsql/database_servers.h"

#include <utility>

#include "dsql/base/status_macros.h"

namespace dsql {

PooledServers::PooledServers(std::shared_ptr<postgres::ServerPool> pool)
    : pool_(std::move(pool)) {}

absl::StatusOr<postgres::Lease> PooledServers::Open(
    const std::string& database_id) {
  std::shared_ptr<postgres::DataSnapshot> origin;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = origins_.find(database_id);
    if (found != origins_.end()) origin = found->second;
  }
  if (origin == nullptr) return pool_->Acquire();
  DSQL_ASSIGN_OR_RETURN(const auto pool, origin->Pool(options()));
  return pool->Acquire();
}

absl::StatusOr<postgres::Lease> PooledServers::Restore(
    const std::string& database_id,
    std::shared_ptr<postgres::DataSnapshot> snapshot, postgres::Lease* present,
    absl::FunctionRef<void()> end_use) {
  DSQL_ASSIGN_OR_RETURN(const auto pool, snapshot->Pool(options()));
  pool->Warm();
  postgres::Lease restored;
  if (present->valid()) {
    DSQL_ASSIGN_OR_RETURN(restored, pool->Acquire());
    end_use();
    // Where the server has died there are none.
    present->EndSessions().IgnoreError();
    present->Release();
  }
  std::shared_ptr<postgres::DataSnapshot> before;  // Given up without the lock.
  absl::MutexLock lock(&mutex_);
  before = std::exchange(origins_[database_id], std::move(snapshot));
  return restored;
}

bool PooledServers::HasRows(const std::string& database_id) {
  absl::MutexLock lock(&mutex_);
  return origins_.count(database_id) > 0;
}

void PooledServers::Expect(postgres::DataSnapshot* snapshot) {
  // Where it cannot be used, Restore() will tell.
  const auto pool = snapshot->Pool(options());
  if (pool.ok()) (*pool)->Warm();
}

absl::Status PooledServers::Remove(const std::string& database_id) {
  std::shared_ptr<postgres::DataSnapshot> origin;  // Given up without the lock.
  absl::MutexLock lock(&mutex_);
  const auto found = origins_.find(database_id);
  if (found == origins_.end()) return absl::OkStatus();
  origin = std::move(found->second);
  origins_.erase(found);
  return absl::OkStatus();
}

}  // namespace dsql
