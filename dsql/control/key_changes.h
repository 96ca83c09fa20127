// SPDX-License-Identifier: Apache-2.0

// What becomes of clusters when their KMS keys change.

#ifndef DSQL_CONTROL_KEY_CHANGES_H_
#define DSQL_CONTROL_KEY_CHANGES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/control/environment.h"
#include "dsql/control/records.h"
#include "dsql/kms/key_listener.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// KeyChanges writes into the clusters of a key, and their streams, when DSQL
// will notice that it cannot use the key any more, or can again:
// LifecycleDurations::kms_propagation after the key has changed. From there on
// it is a matter of time, as all statuses are; see key_loss.h.
//
// Thread-safe.
// Fidelity: User Guide, data-encryption.html: DSQL caches the cluster's key and
//   looks at KMS again within 15 minutes, for better and for worse.
class KeyChanges final : public kms::KeyListener {
 public:
  // Not owned; may be filled in later, before the first call.
  explicit KeyChanges(const Environment* environment)
      : environment_(*environment) {}

  absl::Status KeyChanged(absl::string_view key_arn) override;
  // Of several changes that were to come, only the last one counts.
  absl::Status Propagate() override;

 private:
  struct ClusterName {
    std::string region;
    std::string identifier;
  };

  // The clusters whose keys in Storage start with `prefix` and that `matches`,
  // a bool(const v1::ClusterRecord&).
  template <typename Matches>
  absl::StatusOr<std::vector<ClusterName>> FindClusters(
      absl::string_view prefix, const Matches& matches) const;
  // Changes a cluster by `change`, a bool(Versioned<v1::ClusterRecord>*) or
  // its StatusOr that is false where there is nothing to do; its streams get
  // the same key_changes.
  template <typename Change>
  absl::Status ChangeCluster(const ClusterName& name, const Change& change);
  absl::StatusOr<bool> IsLost(absl::string_view key_arn,
                              const v1::ClusterRecord& cluster,
                              WriteBatch* batch) const;

  const Environment& environment_;
};

// The key is not the cluster's any more: nothing will become of it. Adds the
// writes of streams to `batch`; `cluster` is for the caller to write.
absl::Status ForgetKeyChanges(const Environment& environment,
                              absl::string_view region,
                              v1::ClusterRecord* cluster, WriteBatch* batch);

// When the key will be lost.
std::vector<absl::Time> KeyLosses(const v1::ClusterRecord& cluster);

}  // namespace dsql

#endif  // DSQL_CONTROL_KEY_CHANGES_H_
