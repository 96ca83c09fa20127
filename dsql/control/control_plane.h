// SPDX-License-Identifier: Apache-2.0

// The control plane of one FakeDsql: the managers of every Region over one
// Storage, and calling an operation by its descriptor.

#ifndef DSQL_CONTROL_CONTROL_PLANE_H_
#define DSQL_CONTROL_CONTROL_PLANE_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/authorizer.h"
#include "dsql/control/call_log.h"
#include "dsql/control/caller.h"
#include "dsql/control/cluster_cache.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/environment.h"
#include "dsql/control/fault_injector.h"
#include "dsql/control/key_changes.h"
#include "dsql/control/model_validator.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/iam/authorization.h"
#include "dsql/iam/policy_resource.h"
#include "dsql/iam/principal.h"
#include "dsql/iam/request_context.h"
#include "dsql/kms/kms.h"
#include "dsql/storage/storage.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dsql {

class RegionManagers;

// Answers the operations of every Region. Thread-safe.
class ControlPlane {
 public:
  // Owns none of the pointers.
  ControlPlane(ControlPlaneOptions options, Storage* storage, Clock* clock,
               IdGenerator* ids, DataPlane* data_plane);
  ~ControlPlane();

  // The managers of a Region, made at its first use. They live as long as the
  // ControlPlane. Where `region` cannot be the name of one, every operation
  // answers ValidationException.
  ClusterManager& clusters(absl::string_view region);
  StreamManager& streams(absl::string_view region);
  PolicyManager& policies(absl::string_view region);
  TagManager& tags(absl::string_view region);

  // The same for another caller, who needs permissions where he has an access
  // key. They must not outlive the ControlPlane.
  std::unique_ptr<RegionManagers> ManagersOf(absl::string_view region,
                                             const Caller& caller) const;

  // What IAM says of a permission, with the policy of a cluster wherever it
  // could count. Is no call of an operation.
  //
  // Errors: those of Storage.
  absl::StatusOr<Authorization> Simulate(const Principal& principal,
                                         absl::string_view action,
                                         absl::string_view resource_arn,
                                         const RequestContext& context) const;

  // Calls the operation that `method`, one of service dsql.v1.Dsql, names, as
  // `caller`. The messages must be of its input and output type; `output` is
  // set where OK is returned.
  absl::Status Call(const google::protobuf::MethodDescriptor& method,
                    absl::string_view region,
                    const google::protobuf::Message& input,
                    google::protobuf::Message* output,
                    const Caller& caller = {});

  // What an endpoint has to know of its cluster.
  struct ClusterState {
    v1::ClusterStatus::Value status;
    // Equal for the two clusters of a multi-Region pair.
    std::string database_id;
    // KMS_KEY_INACCESSIBLE: nobody can connect.
    v1::EncryptionStatus::Value encryption_status =
        v1::EncryptionStatus::ENABLED;
    // When it will be so.
    std::vector<absl::Time> key_losses = {};
    // Its KMS key has changed, and DSQL has yet to notice.
    bool awaits_key_change = false;
    // Empty where it is encrypted by a key of AWS's own.
    std::string kms_key_arn = {};
  };
  // Errors: ResourceNotFoundException.
  absl::StatusOr<ClusterState> GetClusterState(
      absl::string_view region, absl::string_view cluster_identifier);

  // Every cluster of every Region that is not gone.
  struct NamedClusterState {
    std::string region;
    std::string cluster_identifier;
    ClusterState state;
  };
  // Errors: those of Storage.
  absl::StatusOr<std::vector<NamedClusterState>> ListClusterStates();
  // Those of the clusters of `region` whose deletion has begun, or that are not
  // there; calls `there`, unless it is null, for each other one. Is no call of
  // an operation.
  //
  // Errors: those of Storage; then nothing is known of any of them.
  absl::StatusOr<std::vector<std::string>> FindDeleted(
      absl::string_view region, const std::set<std::string>& identifiers,
      const std::function<void(absl::string_view identifier,
                               const ClusterState& state)>& there = nullptr);

  // The document that the policy manager holds for a cluster, and its tags. Is
  // no call of an operation.
  absl::StatusOr<PolicyResource> FindPolicyResource(
      absl::string_view region, absl::string_view cluster_identifier) const;

  // The streams of a cluster that are not gone, as GetStream tells them. Is no
  // call of an operation.
  //
  // Errors: ResourceNotFoundException.
  absl::StatusOr<std::vector<v1::GetStreamOutput>> StreamsOf(
      absl::string_view region, absl::string_view cluster_identifier);

  // What a connection does to an IDLE or INACTIVE cluster: it is ACTIVE. An
  // ACTIVE one stays so.
  //
  // Errors: ResourceNotFoundException; ConflictException in any other status,
  //   and while the KMS key is inaccessible.
  absl::Status WakeCluster(absl::string_view region,
                           absl::string_view cluster_identifier);

  // Puts a cluster, stream or cluster's encryption into a status, for tests of
  // what follows; no calls of operations. A status that was set holds until
  // another is set or an operation changes it, whatever the durations. The
  // rules, and what follows for others, are those of forced_status.h.

  // Any status of the model. CREATING and UPDATING never end by themselves;
  // DELETING closes the cluster's endpoint and is for ever until DELETED is
  // set; with DELETED the cluster is gone. Deletion protection is in nobody's
  // way here.
  //
  // Errors: ResourceNotFoundException; ConflictException where the cluster can
  //   no longer leave its status (FAILED, DELETING and PENDING_DELETE can only
  //   be deleted, PENDING_SETUP also ends by peering) or its KMS key is
  //   inaccessible; InvalidArgument for UNSPECIFIED, and for PENDING_SETUP and
  //   PENDING_DELETE of a single-Region cluster.
  absl::Status SetClusterStatus(absl::string_view region,
                                absl::string_view cluster_identifier,
                                v1::ClusterStatus::Value status);

  // Any status of the model; what becomes of the KMS key later changes it
  // again. With KMS_KEY_INACCESSIBLE the cluster becomes IDLE and cannot be
  // woken, its sessions end, and its streams become IMPAIRED or, of those that
  // are CREATING, FAILED, for CLUSTER_CMK_INACCESSIBLE; with another status
  // afterwards those that were IMPAIRED for it are ACTIVE again, and a
  // connection wakes the cluster.
  //
  // Errors: ResourceNotFoundException; ConflictException unless the cluster is
  //   ACTIVE, IDLE or INACTIVE; InvalidArgument for UNSPECIFIED, and
  //   for ENABLING and KMS_KEY_INACCESSIBLE where the key is AWS's own.
  absl::Status SetEncryptionStatus(absl::string_view region,
                                   absl::string_view cluster_identifier,
                                   v1::EncryptionStatus::Value status);

  // Any status of the model. `stream` is a stream's identifier or ARN; an ARN's
  // Region counts in the place of `region`. `reason` is required for IMPAIRED
  // and FAILED, which show it as statusReason, and not allowed for others.
  //
  // Errors: ResourceNotFoundException; ConflictException where the stream can
  //   no longer leave its status: FAILED and DELETING can only be deleted;
  //   InvalidArgument for UNSPECIFIED, a reason that is missing or too many,
  //   and IMPAIRED for KINESIS_STREAM_NOT_FOUND, which fails a stream at once.
  absl::Status SetStreamStatus(absl::string_view region,
                               absl::string_view stream,
                               v1::StreamStatus::Value status,
                               v1::StreamFailureErrorCode::Value reason =
                                   v1::StreamFailureErrorCode::UNSPECIFIED);

  // The keys that clusters are encrypted with.
  kms::Kms& kms() { return kms_; }

  FaultInjector& faults() { return faults_; }
  CallLog& calls() { return calls_; }

  // Every call from now on answers InternalServerException, and so does one
  // that a fault delays.
  void Stop() { gate_.Stop(); }

 private:
  RegionManagers& Managers(absl::string_view region);

  FaultInjector faults_;
  CallLog calls_;
  const ModelValidator validator_;
  OperationGate gate_;
  ClusterCache cluster_cache_;
  const Authorizer authorizer_;
  KeyChanges key_changes_;
  kms::Kms kms_;
  const Environment environment_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<RegionManagers>> regions_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_CONTROL_CONTROL_PLANE_H_
