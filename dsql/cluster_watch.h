// SPDX-License-Identifier: Apache-2.0

// Looks, time and again, which clusters another process has deleted.

#ifndef DSQL_CLUSTER_WATCH_H_
#define DSQL_CLUSTER_WATCH_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace dsql {

// ClusterWatch knows the clusters that something is open of in this process,
// and has that closed once they are deleted. It has a thread from the first
// Add() on, and none where the interval is infinite.
//
// Thread-safe. Its functions are called on its thread, without a lock.
class ClusterWatch {
 public:
  struct Options {
    // Between the end of a look and the next one, by the machine's clock; see
    // Storage::watch_interval().
    absl::Duration interval = absl::InfiniteDuration();
    // Those of the clusters whose deletion has begun; see
    // ControlPlane::FindDeleted(), which looks at the others as well. An error
    // closes nothing: the next look will tell.
    std::function<absl::StatusOr<std::vector<std::string>>(
        absl::string_view region, const std::set<std::string>& identifiers)>
        find_deleted;
    // Closes what is open of a cluster. It is not looked for any more.
    std::function<void(absl::string_view region,
                       absl::string_view cluster_identifier)>
        close;
  };

  explicit ClusterWatch(Options options);
  // Stops.
  ~ClusterWatch();
  ClusterWatch(const ClusterWatch&) = delete;
  ClusterWatch& operator=(const ClusterWatch&) = delete;

  // From now on the cluster is looked for. Where it is already, nothing
  // changes.
  void Add(absl::string_view region, absl::string_view cluster_identifier);

  // Nothing of the cluster is open any more.
  void Remove(absl::string_view region, absl::string_view cluster_identifier);

  // Waits until none of the functions is called any more, which takes as long
  // as a call of find_deleted may. Idempotent. Requires: not called by `close`.
  void Stop();

 private:
  using Clusters = std::map<std::string, std::set<std::string>>;

  void Run();
  // Waits for the next look. Returns false after Stop().
  bool Wait(Clusters* clusters);
  void Look(const std::string& region,
            const std::set<std::string>& identifiers);

  const Options options_;
  absl::Mutex mutex_;
  // By Region; no empty sets.
  Clusters clusters_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_CLUSTER_WATCH_H_
