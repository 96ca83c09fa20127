// SPDX-License-Identifier: Apache-2.0

// What the control plane must answer, said as simply as can be: the clusters of
// all Regions in one map, no storage, no identifiers but those it is told.

#ifndef DSQL_CONTROL_REFERENCE_MODEL_H_
#define DSQL_CONTROL_REFERENCE_MODEL_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/quotas.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// Each operation returns the shape of its exception, or kOk and has its effect.
class ReferenceModel {
 public:
  using Shape = v1::AwsError::Shape;
  static constexpr Shape kOk = v1::AwsError::UNSPECIFIED;
  static constexpr char kAwsOwnedKey[] = "AWS_OWNED_KMS_KEY";
  using Tags = std::map<std::string, std::string>;

  template <typename Status>
  struct Life {
    Status status;
    std::vector<std::pair<absl::Time, Status>> next;
  };

  struct Stream : Life<v1::StreamStatus::Value> {
    v1::StreamFailureErrorCode::Value reason =
        v1::StreamFailureErrorCode::UNSPECIFIED;
    Tags tags;
  };

  struct Cluster : Life<v1::ClusterStatus::Value> {
    bool is_protected = false;
    bool multi_region = false;
    // kAwsOwnedKey or an alias.
    std::string key;
    // The one before, which is shown while `encryption` is UPDATING.
    std::string former_key;
    v1::EncryptionStatus::Value encryption = v1::EncryptionStatus::ENABLED;
    // The name of the cluster that it names.
    std::string peer;
    // Empty without a policy.
    std::string policy_version;
    Tags tags;
    std::map<std::string, Stream> streams;
  };

  ReferenceModel(const LifecycleDurations& durations, const Quotas& quotas)
      : durations_(durations), quotas_(quotas) {}

  // Lets time pass.
  void SetNow(absl::Time now);

  // Null for a cluster that is gone, or never was. A cluster's name is
  // "<region>/<identifier>".
  Cluster* Find(const std::string& name);
  Stream* Find(const std::string& cluster, const std::string& stream);
  // Those that are there, by name.
  const std::map<std::string, Cluster>& clusters() const { return clusters_; }

  Shape CreateCluster(const std::string& region, const Cluster& wanted);
  // After CreateCluster() was kOk.
  void Created(const std::string& name, Cluster wanted);
  Shape Protect(const std::string& name, bool is_protected);
  Shape SetKey(const std::string& name, const std::string& key);
  Shape SetPeer(const std::string& name, const std::string& peer);
  Shape DeleteCluster(const std::string& name);
  Shape Wake(const std::string& name);
  // Requires that the cluster is ACTIVE, IDLE or INACTIVE.
  void SetKeyLost(const std::string& name, bool lost);

  Shape CreateStream(const std::string& cluster);
  void CreatedStream(const std::string& cluster, const std::string& stream);
  Shape DeleteStream(const std::string& cluster, const std::string& stream);

  // An empty version expects nothing.
  Shape PutPolicy(const std::string& name, const std::string& expected);
  Shape DeletePolicy(const std::string& name, const std::string& expected);

  // Null for what is not there; `stream` is empty for the cluster's own.
  Tags* TagsOf(const std::string& cluster, const std::string& stream);

  static bool IsUsable(const Cluster& cluster);

 private:
  // The peer where both name each other.
  Cluster* LinkedPeer(const std::string& name);
  void StartDeletion(Cluster* cluster);

  const LifecycleDurations durations_;
  const Quotas quotas_;
  absl::Time now_;
  std::map<std::string, Cluster> clusters_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_REFERENCE_MODEL_H_
