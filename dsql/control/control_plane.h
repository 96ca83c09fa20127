// The control plane of one FakeDsql: the managers of every Region over one
// Storage, and calling an operation by its descriptor.

#ifndef DSQL_CONTROL_CONTROL_PLANE_H_
#define DSQL_CONTROL_CONTROL_PLANE_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/call_log.h"
#include "dsql/control/cluster_cache.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/environment.h"
#include "dsql/control/fault_injector.h"
#include "dsql/control/model_validator.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/storage/storage.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dsql {

// Thread-safe.
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

  // Calls the operation that `method`, one of service dsql.v1.Dsql, names. The
  // messages must be of its input and output type; `output` is set where OK is
  // returned.
  absl::Status Call(const google::protobuf::MethodDescriptor& method,
                    absl::string_view region,
                    const google::protobuf::Message& input,
                    google::protobuf::Message* output);

  // What an endpoint has to know of its cluster.
  struct ClusterState {
    v1::ClusterStatus::Value status;
    // Equal for the two clusters of a multi-Region pair.
    std::string database_id;
  };
  // Errors: ResourceNotFoundException.
  absl::StatusOr<ClusterState> GetClusterState(
      absl::string_view region, absl::string_view cluster_identifier);

  // The document that the policy manager holds for a cluster; empty where it
  // has none. Is no call of an operation.
  absl::StatusOr<std::string> FindClusterPolicy(
      absl::string_view region, absl::string_view cluster_identifier);

  // As if a cluster had not been used for long, or again; see SetIdleness().
  absl::Status SetClusterStatus(absl::string_view region,
                                absl::string_view cluster_identifier,
                                v1::ClusterStatus::Value status);

  FaultInjector& faults() { return faults_; }
  CallLog& calls() { return calls_; }

  // Every call from now on answers InternalServerException, and so does one
  // that a fault delays.
  void Stop() { gate_.Stop(); }

 private:
  struct Region;

  Region& GetRegion(absl::string_view name);

  FaultInjector faults_;
  CallLog calls_;
  const ModelValidator validator_;
  OperationGate gate_;
  ClusterCache cluster_cache_;
  const Environment environment_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<Region>> regions_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_CONTROL_CONTROL_PLANE_H_
