#include "dsql/control/control_plane.h"

#include <functional>
#include <utility>

#include "dsql/base/status_macros.h"
#include "dsql/control/fake_cluster_manager.h"
#include "dsql/control/fake_policy_manager.h"
#include "dsql/control/fake_stream_manager.h"
#include "dsql/control/fake_tag_manager.h"
#include "dsql/control/idleness.h"
#include "dsql/control/records.h"

namespace dsql {
namespace {

using ::google::protobuf::Message;

using Handler =
    std::function<absl::Status(const Message& input, Message* output)>;
using Handlers = absl::flat_hash_map<absl::string_view, Handler>;

// A handler that calls `operation`, a method of `manager`.
template <typename Manager, typename Input, typename Output>
Handler Bind(Manager* manager,
             absl::StatusOr<Output> (Manager::*operation)(const Input&)) {
  return [manager, operation](const Message& input, Message* output) {
    absl::StatusOr<Output> answer =
        (manager->*operation)(static_cast<const Input&>(input));
    if (answer.ok()) *static_cast<Output*>(output) = *std::move(answer);
    return answer.status();
  };
}

Handlers HandlersOf(ClusterManager* clusters, StreamManager* streams,
                    PolicyManager* policies, TagManager* tags) {
  return {
      {"CreateCluster", Bind(clusters, &ClusterManager::CreateCluster)},
      {"GetCluster", Bind(clusters, &ClusterManager::GetCluster)},
      {"UpdateCluster", Bind(clusters, &ClusterManager::UpdateCluster)},
      {"DeleteCluster", Bind(clusters, &ClusterManager::DeleteCluster)},
      {"ListClusters", Bind(clusters, &ClusterManager::ListClusters)},
      {"GetVpcEndpointServiceName",
       Bind(clusters, &ClusterManager::GetVpcEndpointServiceName)},
      {"CreateStream", Bind(streams, &StreamManager::CreateStream)},
      {"GetStream", Bind(streams, &StreamManager::GetStream)},
      {"DeleteStream", Bind(streams, &StreamManager::DeleteStream)},
      {"ListStreams", Bind(streams, &StreamManager::ListStreams)},
      {"PutClusterPolicy", Bind(policies, &PolicyManager::PutClusterPolicy)},
      {"GetClusterPolicy", Bind(policies, &PolicyManager::GetClusterPolicy)},
      {"DeleteClusterPolicy",
       Bind(policies, &PolicyManager::DeleteClusterPolicy)},
      {"TagResource", Bind(tags, &TagManager::TagResource)},
      {"UntagResource", Bind(tags, &TagManager::UntagResource)},
      {"ListTagsForResource", Bind(tags, &TagManager::ListTagsForResource)},
  };
}

}  // namespace

struct ControlPlane::Region {
  Region(const Environment* environment, const std::string& name)
      : clusters(environment, name),
        streams(environment, name),
        policies(environment, name),
        tags(environment, name),
        handlers(HandlersOf(&clusters, &streams, &policies, &tags)) {}

  FakeClusterManager clusters;
  FakeStreamManager streams;
  FakePolicyManager policies;
  FakeTagManager tags;
  const Handlers handlers;
};

ControlPlane::ControlPlane(ControlPlaneOptions options, Storage* storage,
                           Clock* clock, IdGenerator* ids,
                           DataPlane* data_plane)
    : validator_(options.identifier_style),
      gate_(clock, &validator_, &faults_, &calls_),
      environment_{std::move(options), storage, clock,          ids,
                   data_plane,         &gate_,  &cluster_cache_} {}

ControlPlane::~ControlPlane() = default;

ControlPlane::Region& ControlPlane::GetRegion(absl::string_view name) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<Region>& region = regions_[name];
  if (region == nullptr) {
    region = std::make_unique<Region>(&environment_, std::string(name));
  }
  return *region;
}

ClusterManager& ControlPlane::clusters(absl::string_view region) {
  return GetRegion(region).clusters;
}

StreamManager& ControlPlane::streams(absl::string_view region) {
  return GetRegion(region).streams;
}

PolicyManager& ControlPlane::policies(absl::string_view region) {
  return GetRegion(region).policies;
}

TagManager& ControlPlane::tags(absl::string_view region) {
  return GetRegion(region).tags;
}

absl::Status ControlPlane::Call(
    const google::protobuf::MethodDescriptor& method, absl::string_view region,
    const Message& input, Message* output) {
  return GetRegion(region).handlers.at(method.name())(input, output);
}

absl::StatusOr<ControlPlane::ClusterState> ControlPlane::GetClusterState(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      auto cluster, GetClusterRecord(environment_, region, cluster_identifier));
  return ClusterState{cluster->record.cluster().status(),
                      cluster->record.database_id()};
}

absl::StatusOr<std::string> ControlPlane::FindClusterPolicy(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(const auto policy,
                        FindPolicy(environment_, region, cluster_identifier));
  return policy == nullptr ? std::string() : policy->record.policy();
}

absl::Status ControlPlane::SetClusterStatus(
    absl::string_view region, absl::string_view cluster_identifier,
    v1::ClusterStatus::Value status) {
  return SetIdleness(environment_, region, cluster_identifier, status);
}

}  // namespace dsql
