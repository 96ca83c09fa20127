// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/control_plane.h"

#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/deletion.h"
#include "dsql/control/fake_cluster_manager.h"
#include "dsql/control/fake_policy_manager.h"
#include "dsql/control/fake_stream_manager.h"
#include "dsql/control/fake_tag_manager.h"
#include "dsql/control/forced_status.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/records.h"
#include "dsql/control/region_managers.h"

namespace dsql {
namespace {

using ::google::protobuf::Message;

using Handler = std::function<absl::Status(
    const Environment& environment, absl::string_view region,
    const Caller& caller, const Message& input, Message* output)>;
using Handlers = absl::flat_hash_map<absl::string_view, Handler>;

// A handler that calls `operation` of a Manager made for the caller.
template <typename Manager, typename Input, typename Output>
Handler Bind(absl::StatusOr<Output> (Manager::*operation)(const Input&)) {
  return
      [operation](const Environment& environment, absl::string_view region,
                  const Caller& caller, const Message& input, Message* output) {
        Manager manager(&environment, std::string(region), caller);
        absl::StatusOr<Output> answer =
            (manager.*operation)(static_cast<const Input&>(input));
        if (!answer.ok()) return answer.status();
        *static_cast<Output*>(output) = *std::move(answer);
        return absl::OkStatus();
      };
}

const Handlers& AllHandlers() {
  static const Handlers* const handlers = new Handlers{
      {"CreateCluster", Bind(&FakeClusterManager::CreateCluster)},
      {"GetCluster", Bind(&FakeClusterManager::GetCluster)},
      {"UpdateCluster", Bind(&FakeClusterManager::UpdateCluster)},
      {"DeleteCluster", Bind(&FakeClusterManager::DeleteCluster)},
      {"ListClusters", Bind(&FakeClusterManager::ListClusters)},
      {"GetVpcEndpointServiceName",
       Bind(&FakeClusterManager::GetVpcEndpointServiceName)},
      {"CreateStream", Bind(&FakeStreamManager::CreateStream)},
      {"GetStream", Bind(&FakeStreamManager::GetStream)},
      {"DeleteStream", Bind(&FakeStreamManager::DeleteStream)},
      {"ListStreams", Bind(&FakeStreamManager::ListStreams)},
      {"PutClusterPolicy", Bind(&FakePolicyManager::PutClusterPolicy)},
      {"GetClusterPolicy", Bind(&FakePolicyManager::GetClusterPolicy)},
      {"DeleteClusterPolicy", Bind(&FakePolicyManager::DeleteClusterPolicy)},
      {"TagResource", Bind(&FakeTagManager::TagResource)},
      {"UntagResource", Bind(&FakeTagManager::UntagResource)},
      {"ListTagsForResource", Bind(&FakeTagManager::ListTagsForResource)},
  };
  return *handlers;
}

// Empty where an ARN has none.
std::string RegionOf(absl::string_view arn) {
  const absl::optional<ArnParts> parts = ArnParts::Parse(arn);
  return parts.has_value() ? parts->region : std::string();
}

// Records that are read at a time.
constexpr size_t kScanLimit = 1000;

ControlPlane::ClusterState StateOf(const v1::ClusterRecord& record) {
  const v1::GetClusterOutput& cluster = record.cluster();
  return ControlPlane::ClusterState{
      cluster.status(),
      record.database_id(),
      cluster.encryption_details().encryption_status(),
      KeyLosses(record),
      !record.key_changes().empty(),
      cluster.encryption_details().kms_key_arn()};
}

}  // namespace

ControlPlane::ControlPlane(ControlPlaneOptions options, Storage* storage,
                           Clock* clock, IdGenerator* ids,
                           DataPlane* data_plane)
    : validator_(options.identifier_style),
      gate_(
          clock, &validator_, &faults_, &calls_,
          [this](const Invocation& call, const Message& input) {
            return authorizer_.Check(call.operation, call.region, call.caller,
                                     input);
          },
          options.log),
      authorizer_(
          &environment_, options.credentials,
          options.signature_clock == nullptr ? clock : options.signature_clock),
      key_changes_(&environment_),
      kms_(options.account_id, options.kms, storage, clock, ids, &key_changes_),
      environment_{
          std::move(options), storage,      clock, ids, data_plane, &gate_,
          &cluster_cache_,    &authorizer_, &kms_} {}

ControlPlane::~ControlPlane() = default;

RegionManagers& ControlPlane::Managers(absl::string_view region) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<RegionManagers>& managers = regions_[region];
  if (managers == nullptr) managers = ManagersOf(region, Caller());
  return *managers;
}

ClusterManager& ControlPlane::clusters(absl::string_view region) {
  return Managers(region).clusters();
}

StreamManager& ControlPlane::streams(absl::string_view region) {
  return Managers(region).streams();
}

PolicyManager& ControlPlane::policies(absl::string_view region) {
  return Managers(region).policies();
}

TagManager& ControlPlane::tags(absl::string_view region) {
  return Managers(region).tags();
}

std::unique_ptr<RegionManagers> ControlPlane::ManagersOf(
    absl::string_view region, const Caller& caller) const {
  return std::make_unique<RegionManagers>(&environment_, std::string(region),
                                          caller);
}

absl::StatusOr<Authorization> ControlPlane::Simulate(
    const Principal& principal, absl::string_view action,
    absl::string_view resource_arn, const RequestContext& context) const {
  return authorizer_.Ask(principal,
                         {std::string(action), std::string(resource_arn),
                          RegionOf(resource_arn), context},
                         "", kLoopback);
}

absl::Status ControlPlane::Call(
    const google::protobuf::MethodDescriptor& method, absl::string_view region,
    const Message& input, Message* output, const Caller& caller) {
  return AllHandlers().at(method.name())(environment_, region, caller, input,
                                         output);
}

absl::StatusOr<ControlPlane::ClusterState> ControlPlane::GetClusterState(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      auto cluster, GetClusterRecord(environment_, region, cluster_identifier));
  return StateOf(cluster->record);
}

absl::StatusOr<std::vector<ControlPlane::NamedClusterState>>
ControlPlane::ListClusterStates() {
  std::vector<NamedClusterState> states;
  ScanRange range;
  range.limit = kScanLimit;
  while (true) {
    DSQL_ASSIGN_OR_RETURN(const std::vector<StorageRecord> records,
                          environment_.storage->Scan(tables::kClusters, range));
    for (const StorageRecord& stored : records) {
      DSQL_ASSIGN_OR_RETURN(
          const auto record,
          environment_.cluster_cache->Parse(stored, environment_.clock->Now()));
      if (IsGone(*record)) continue;
      const std::pair<absl::string_view, absl::string_view> name =
          absl::StrSplit(stored.key, absl::MaxSplits('/', 1));
      states.push_back({std::string(name.first), std::string(name.second),
                        StateOf(*record)});
    }
    if (records.size() < range.limit) return states;
    range.start_after = records.back().key;
  }
}

absl::StatusOr<std::vector<std::string>> ControlPlane::FindDeleted(
    absl::string_view region, const std::set<std::string>& identifiers,
    const std::function<void(absl::string_view identifier,
                             const ClusterState& state)>& there) {
  return dsql::FindDeleted(
      environment_, region, identifiers, [&](const v1::ClusterRecord& record) {
        if (there != nullptr)
          there(record.cluster().identifier(), StateOf(record));
      });
}

absl::StatusOr<PolicyResource> ControlPlane::FindPolicyResource(
    absl::string_view region, absl::string_view cluster_identifier) const {
  return dsql::FindPolicyResource(environment_, region, cluster_identifier);
}

absl::StatusOr<std::vector<v1::GetStreamOutput>> ControlPlane::StreamsOf(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_RETURN_IF_ERROR(
      GetClusterRecord(environment_, region, cluster_identifier).status());
  DSQL_ASSIGN_OR_RETURN(auto records,
                        AllStreamsOf(environment_, region, cluster_identifier));
  std::vector<v1::GetStreamOutput> streams;
  for (Versioned<v1::StreamRecord>& stream : records) {
    if (!IsGone(stream.record))
      streams.push_back(std::move(*stream.record.mutable_stream()));
  }
  return streams;
}

absl::Status ControlPlane::WakeCluster(absl::string_view region,
                                       absl::string_view cluster_identifier) {
  return dsql::WakeCluster(environment_, region, cluster_identifier);
}

absl::Status ControlPlane::SetClusterStatus(
    absl::string_view region, absl::string_view cluster_identifier,
    v1::ClusterStatus::Value status) {
  return dsql::SetClusterStatus(environment_, region, cluster_identifier,
                                status);
}

absl::Status ControlPlane::SetEncryptionStatus(
    absl::string_view region, absl::string_view cluster_identifier,
    v1::EncryptionStatus::Value status) {
  return dsql::SetEncryptionStatus(environment_, region, cluster_identifier,
                                   status);
}

absl::Status ControlPlane::SetStreamStatus(
    absl::string_view region, absl::string_view stream,
    v1::StreamStatus::Value status, v1::StreamFailureErrorCode::Value reason) {
  return dsql::SetStreamStatus(environment_, region, stream, status, reason);
}

}  // namespace dsql
