// SPDX-License-Identifier: Apache-2.0

// Clusters as messages, so that reading one that did not change since costs a
// copy and not the parsing of its bytes, which is twice as much.

#ifndef DSQL_CONTROL_CLUSTER_CACHE_H_
#define DSQL_CONTROL_CLUSTER_CACHE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/storage/storage.h"
#include "dsql/storage/striped_mutex.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// Holds what Storage returned, by its version: Storage stays what is true.
//
// Thread-safe.
class ClusterCache {
 public:
  // The record that `stored` holds, settled. `now` must not go backwards.
  //
  // Errors: DataLoss where it is no ClusterRecord.
  absl::StatusOr<std::shared_ptr<const v1::ClusterRecord>> Parse(
      const StorageRecord& stored, absl::Time now);

 private:
  // Clusters that are kept; when there are more all are forgotten.
  static constexpr size_t kCapacity = 1000;

  struct Entry {
    int64_t version = 0;
    std::shared_ptr<const v1::ClusterRecord> record;
  };

  // The record of this version; null where it is not known.
  std::shared_ptr<const v1::ClusterRecord> Find(const std::string& key,
                                                int64_t version);
  void Put(const StorageRecord& stored,
           std::shared_ptr<const v1::ClusterRecord> record);

  StripedMutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_CONTROL_CLUSTER_CACHE_H_
