// SPDX-License-Identifier: Apache-2.0

#include "dsql/cluster_watch.h"

#include <utility>

namespace dsql {

ClusterWatch::ClusterWatch(Options options) : options_(std::move(options)) {}

ClusterWatch::~ClusterWatch() { Stop(); }

void ClusterWatch::Add(absl::string_view region,
                       absl::string_view cluster_identifier) {
  if (options_.interval == absl::InfiniteDuration()) return;
  absl::MutexLock lock(&mutex_);
  if (stopped_) return;
  clusters_[std::string(region)].insert(std::string(cluster_identifier));
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void ClusterWatch::Remove(absl::string_view region,
                          absl::string_view cluster_identifier) {
  absl::MutexLock lock(&mutex_);
  const auto found = clusters_.find(std::string(region));
  if (found == clusters_.end()) return;
  found->second.erase(std::string(cluster_identifier));
  if (found->second.empty()) clusters_.erase(found);
}

void ClusterWatch::Stop() {
  std::thread thread;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

void ClusterWatch::Run() {
  Clusters clusters;
  while (Wait(&clusters)) {
    for (const auto& region : clusters) Look(region.first, region.second);
  }
}

bool ClusterWatch::Wait(Clusters* clusters) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopped_), options_.interval);
  // Without clusters there is nothing to look for.
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || !clusters_.empty();
  };
  mutex_.Await(absl::Condition(&has_work));
  *clusters = clusters_;
  return !stopped_;
}

void ClusterWatch::Look(const std::string& region,
                        const std::set<std::string>& identifiers) {
  const absl::StatusOr<std::vector<std::string>> deleted =
      options_.find_deleted(region, identifiers);
  if (!deleted.ok()) return;
  for (const std::string& identifier : *deleted) {
    options_.close(region, identifier);
    Remove(region, identifier);
  }
}

}  // namespace dsql
