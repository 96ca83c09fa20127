// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fake_cluster_manager.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/host_names.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/deletion.h"
#include "dsql/control/key_changes.h"
#include "dsql/control/key_loss.h"
#include "dsql/control/kms_key.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/mutation.h"
#include "dsql/control/new_cluster.h"
#include "dsql/control/new_resource.h"
#include "dsql/control/paging.h"
#include "dsql/control/peering.h"
#include "dsql/control/service_errors.h"

namespace dsql {
namespace {

bool IsIdleOrActive(const v1::GetClusterOutput& cluster) {
  return cluster.status() == v1::ClusterStatus::ACTIVE ||
         cluster.status() == v1::ClusterStatus::IDLE ||
         cluster.status() == v1::ClusterStatus::INACTIVE;
}

bool IsPendingSetup(const v1::GetClusterOutput& cluster) {
  return cluster.status() == v1::ClusterStatus::PENDING_SETUP;
}

bool IsBeingDeleted(const v1::GetClusterOutput& cluster) {
  return cluster.status() == v1::ClusterStatus::DELETING ||
         cluster.status() == v1::ClusterStatus::PENDING_DELETE;
}

// Whether the cluster has no endpoint any more.
bool IsDeleted(const ClusterView& view) {
  return view.record == nullptr ||
         view.record->cluster().status() == v1::ClusterStatus::DELETING;
}

bool IsBeingCreated(const v1::GetClusterOutput& cluster) {
  return cluster.status() == v1::ClusterStatus::CREATING;
}

// One that is PENDING_SETUP still after its peer has named it is on its way to
// CREATING.
bool CanBeDeleted(const v1::ClusterRecord& record) {
  const v1::GetClusterOutput& cluster = record.cluster();
  return IsIdleOrActive(cluster) ||
         (IsPendingSetup(cluster) && record.transitions().empty()) ||
         cluster.status() == v1::ClusterStatus::FAILED;
}

// Whether GetCluster tells what the next transition says in place of what the
// cluster has. One whose key is lost meanwhile has that to tell.
bool ShowsOtherEncryption(const v1::ClusterRecord& record) {
  return record.cluster().encryption_details().encryption_status() ==
             v1::EncryptionStatus::UPDATING &&
         !record.transitions().empty() &&
         record.transitions(0).has_shown_encryption();
}

v1::CreateClusterOutput ToCreateOutput(const v1::GetClusterOutput& cluster) {
  v1::CreateClusterOutput output;
  output.set_identifier(cluster.identifier());
  output.set_arn(cluster.arn());
  output.set_status(cluster.status());
  output.set_creation_time(cluster.creation_time());
  if (cluster.has_multi_region_properties()) {
    *output.mutable_multi_region_properties() =
        cluster.multi_region_properties();
  }
  *output.mutable_encryption_details() = cluster.encryption_details();
  output.set_deletion_protection_enabled(cluster.deletion_protection_enabled());
  return output;
}

// UpdateCluster's and DeleteCluster's answers have the same members.
template <typename Output>
Output ToShortOutput(const v1::GetClusterOutput& cluster) {
  Output output;
  output.set_identifier(cluster.identifier());
  output.set_arn(cluster.arn());
  output.set_status(cluster.status());
  output.set_creation_time(cluster.creation_time());
  return output;
}

v1::GetVpcEndpointServiceNameOutput VpcEndpoint(IdentifierStyle style,
                                                const std::string& region,
                                                const std::string& identifier) {
  v1::GetVpcEndpointServiceNameOutput output;
  if (style == IdentifierStyle::kUuid) {
    output.set_service_name(absl::StrCat("com.amazonaws.", region, ".dsql"));
    output.set_cluster_vpc_endpoint(absl::StrCat(
        "vpce-local.", identifier, ".dsql.", region, ".vpce.amazonaws.com"));
    return output;
  }
  output.set_service_name(VpcEndpointService(region));
  output.set_cluster_vpc_endpoint(ClusterVpcHost(region, identifier));
  return output;
}

}  // namespace

absl::StatusOr<v1::CreateClusterOutput> FakeClusterManager::CreateCluster(
    const v1::CreateClusterInput& input) {
  return environment_.gate->Run<v1::CreateClusterOutput>(
      {"CreateCluster", region_, caller_}, input,
      [&] { return Create(input); });
}

absl::StatusOr<v1::CreateClusterOutput> FakeClusterManager::Create(
    const v1::CreateClusterInput& input) {
  DSQL_RETURN_IF_ERROR(RemoveGoneClusters(environment_, region_));
  std::string identifier;
  DSQL_ASSIGN_OR_RETURN(v1::CreateClusterOutput output,
                        MutateOnce<v1::CreateClusterOutput>(
                            environment_, region_, "CreateCluster", input,
                            [&](WriteBatch* batch) {
                              if (identifier.empty())
                                identifier = NewIdentifier(environment_);
                              return AddCreation(input, identifier, batch);
                            }));
  DSQL_ASSIGN_OR_RETURN(std::string endpoint,
                        OpenEndpoint(output.identifier()));
  if (!endpoint.empty()) output.set_endpoint(std::move(endpoint));
  return output;
}

absl::StatusOr<v1::CreateClusterOutput> FakeClusterManager::AddCreation(
    const v1::CreateClusterInput& input, const std::string& identifier,
    WriteBatch* batch) {
  DSQL_ASSIGN_OR_RETURN(
      const v1::GetClusterOutput cluster,
      AddNewCluster(environment_, region_, caller_, identifier, input, batch));
  return ToCreateOutput(cluster);
}

absl::StatusOr<std::string> FakeClusterManager::OpenEndpoint(
    const std::string& identifier) {
  DSQL_ASSIGN_OR_RETURN(std::string endpoint,
                        environment_.data_plane->Endpoint(region_, identifier));
  // Had it been deleted meanwhile, nobody would close the endpoint.
  DSQL_ASSIGN_OR_RETURN(const ClusterView view,
                        ViewCluster(environment_, region_, identifier));
  if (!IsDeleted(view)) return endpoint;
  environment_.data_plane->Close(region_, identifier);
  return std::string();
}

void FakeClusterManager::CloseIfDeleted(const std::string& identifier) {
  const auto view = ViewCluster(environment_, region_, identifier);
  if (!view.ok() || !IsDeleted(*view)) return;
  environment_.data_plane->Close(region_, identifier);
  if (view->record == nullptr) return;
  const absl::optional<DsqlArn> peer = PeerOf(*view->record);
  if (!peer.has_value()) return;
  const auto peer_view =
      ViewCluster(environment_, peer->region, peer->cluster_identifier);
  if (peer_view.ok() && IsDeleted(*peer_view)) {
    environment_.data_plane->Close(peer->region, peer->cluster_identifier);
  }
}

absl::StatusOr<v1::GetClusterOutput> FakeClusterManager::GetCluster(
    const v1::GetClusterInput& input) {
  return environment_.gate->Run<v1::GetClusterOutput>(
      {"GetCluster", region_, caller_}, input, [&] { return Get(input); });
}

absl::StatusOr<v1::GetClusterOutput> FakeClusterManager::Get(
    const v1::GetClusterInput& input) {
  DSQL_ASSIGN_OR_RETURN(const ClusterView view,
                        ViewCluster(environment_, region_, input.identifier()));
  // Who deleted it may not have come to closing its endpoint.
  if (IsDeleted(view)) CloseIfDeleted(input.identifier());
  if (view.record == nullptr) {
    return ClusterNotFound(region_, environment_.options.account_id,
                           input.identifier());
  }
  v1::GetClusterOutput output = view.record->cluster();
  if (ShowsOtherEncryption(*view.record)) {
    *output.mutable_encryption_details() =
        view.record->transitions(0).shown_encryption();
  }
  if (IsDeleted(view)) return output;
  DSQL_ASSIGN_OR_RETURN(std::string endpoint, OpenEndpoint(input.identifier()));
  if (!endpoint.empty()) output.set_endpoint(std::move(endpoint));
  return output;
}

absl::StatusOr<v1::UpdateClusterOutput> FakeClusterManager::UpdateCluster(
    const v1::UpdateClusterInput& input) {
  return environment_.gate->Run<v1::UpdateClusterOutput>(
      {"UpdateCluster", region_, caller_}, input, [&] {
        auto output = MutateOnce<v1::UpdateClusterOutput>(
            environment_, region_, "UpdateCluster", input,
            [&](WriteBatch* batch) { return AddUpdate(input, batch); });
        // Also after an error, as for deletions.
        if (input.has_kms_encryption_key())
          environment_.data_plane->OtherKey(region_, input.identifier());
        return output;
      });
}

absl::StatusOr<v1::UpdateClusterOutput> FakeClusterManager::AddUpdate(
    const v1::UpdateClusterInput& input, WriteBatch* batch) {
  DSQL_ASSIGN_OR_RETURN(auto cluster, GetClusterRecord(environment_, region_,
                                                       input.identifier()));
  v1::GetClusterOutput& present = *cluster->record.mutable_cluster();
  const bool only_protection =
      !input.has_kms_encryption_key() && !input.has_multi_region_properties();
  const bool possible =
      only_protection ? !IsBeingDeleted(present) && !IsBeingCreated(present)
                      : IsIdleOrActive(present) || IsPendingSetup(present);
  if (!possible) return ClusterIsBusy("UpdateCluster", present);
  if (input.has_deletion_protection_enabled()) {
    present.set_deletion_protection_enabled(
        input.deletion_protection_enabled());
  }
  if (input.has_kms_encryption_key()) {
    DSQL_RETURN_IF_ERROR(
        ApplyKmsKey(input.kms_encryption_key(), &cluster->record, batch));
  }
  if (input.has_multi_region_properties()) {
    if (!IsMultiRegion(cluster->record)) {
      return InvalidMember("multiRegionProperties",
                           "A single-Region cluster cannot become a "
                           "multi-Region cluster.");
    }
    DSQL_RETURN_IF_ERROR(ApplyMultiRegionProperties(
        environment_, input.multi_region_properties(), &cluster->record,
        batch));
  }
  WriteCluster(region_, *cluster, batch);
  return ToShortOutput<v1::UpdateClusterOutput>(present);
}

absl::Status FakeClusterManager::ApplyKmsKey(const std::string& key,
                                             v1::ClusterRecord* cluster,
                                             WriteBatch* batch) {
  const DsqlArn arn = DsqlArn::Cluster(region_, environment_.options.account_id,
                                       cluster->cluster().identifier());
  DSQL_ASSIGN_OR_RETURN(v1::EncryptionDetails details,
                        ResolveKmsKey(environment_, key, arn, batch));
  v1::EncryptionDetails& present =
      *cluster->mutable_cluster()->mutable_encryption_details();
  if (details.encryption_type() == present.encryption_type() &&
      details.kms_key_arn() == present.kms_key_arn()) {
    return absl::OkStatus();
  }
  if (IsPendingSetup(cluster->cluster())) {
    return ClusterIsBusy("Changing the KMS key", cluster->cluster());
  }
  // Changing the key needs the old one.
  if (IsInaccessible(cluster->cluster())) {
    return KmsKeyIsInaccessible("Changing the KMS key", cluster->cluster());
  }
  DSQL_RETURN_IF_ERROR(ForgetKeyChanges(environment_, region_, cluster, batch));
  present.Swap(&details);
  Become(v1::ClusterStatus::UPDATING,
         environment_.clock->Now() + environment_.options.durations.updating,
         v1::ClusterStatus::ACTIVE, cluster);
  // AWS's own key is in place at once.
  if (!present.has_kms_key_arn()) return absl::OkStatus();
  present.set_encryption_status(v1::EncryptionStatus::UPDATING);
  v1::EncryptionDetails& shown =
      *cluster->mutable_transitions(0)->mutable_shown_encryption();
  shown.Swap(&details);
  shown.set_encryption_status(v1::EncryptionStatus::UPDATING);
  return absl::OkStatus();
}

absl::StatusOr<v1::DeleteClusterOutput> FakeClusterManager::DeleteCluster(
    const v1::DeleteClusterInput& input) {
  return environment_.gate->Run<v1::DeleteClusterOutput>(
      {"DeleteCluster", region_, caller_}, input,
      [&] { return Delete(input); });
}

absl::StatusOr<v1::DeleteClusterOutput> FakeClusterManager::Delete(
    const v1::DeleteClusterInput& input) {
  auto output = MutateOnce<v1::DeleteClusterOutput>(
      environment_, region_, "DeleteCluster", input,
      [&](WriteBatch* batch) { return AddDeletion(input, batch); });
  // Also after an error, as a commit may have happened and failed all the same.
  CloseIfDeleted(input.identifier());
  return output;
}

absl::StatusOr<v1::DeleteClusterOutput> FakeClusterManager::AddDeletion(
    const v1::DeleteClusterInput& input, WriteBatch* batch) {
  DSQL_ASSIGN_OR_RETURN(auto cluster, GetClusterRecord(environment_, region_,
                                                       input.identifier()));
  const v1::GetClusterOutput& present = cluster->record.cluster();
  if (present.deletion_protection_enabled()) {
    return DeletionProtectionIsEnabled(input.identifier());
  }
  if (!CanBeDeleted(cluster->record))
    return ClusterIsBusy("DeleteCluster", present);
  DSQL_ASSIGN_OR_RETURN(auto peer,
                        FindLinkedPeer(environment_, cluster->record));
  if (peer != nullptr && !IsBeingDeleted(peer->record.cluster())) {
    cluster->record.mutable_cluster()->set_status(
        v1::ClusterStatus::PENDING_DELETE);
    cluster->record.clear_transitions();
    WriteCluster(region_, *cluster, batch);
    // Of two peers that are deleted at the same moment one must see that the
    // other waits for it.
    ExpectCluster(DsqlArn::Parse(peer->record.cluster().arn())->region, *peer,
                  batch);
    return ToShortOutput<v1::DeleteClusterOutput>(present);
  }
  const absl::Time gone =
      environment_.clock->Now() + environment_.options.durations.deleting;
  DSQL_RETURN_IF_ERROR(
      AddDeletionOf(environment_, region_, gone, cluster.get(), batch));
  if (peer != nullptr &&
      peer->record.cluster().status() == v1::ClusterStatus::PENDING_DELETE) {
    const DsqlArn arn = *DsqlArn::Parse(peer->record.cluster().arn());
    DSQL_RETURN_IF_ERROR(
        AddDeletionOf(environment_, arn.region, gone, peer.get(), batch));
  }
  return ToShortOutput<v1::DeleteClusterOutput>(present);
}

absl::StatusOr<v1::ListClustersOutput> FakeClusterManager::ListClusters(
    const v1::ListClustersInput& input) {
  return environment_.gate->Run<v1::ListClustersOutput>(
      {"ListClusters", region_, caller_}, input, [&] { return List(input); });
}

absl::StatusOr<v1::ListClustersOutput> FakeClusterManager::List(
    const v1::ListClustersInput& input) {
  v1::ListClustersOutput output;
  DSQL_RETURN_IF_ERROR(ListPage<v1::ClusterRecord>(
      environment_, tables::kClusters, ClusterKey(region_, ""), input, kMaxPage,
      [&](const v1::ClusterRecord& record) {
        v1::ClusterSummary* summary = output.add_clusters();
        summary->set_identifier(record.cluster().identifier());
        summary->set_arn(record.cluster().arn());
      },
      &output));
  return output;
}

absl::StatusOr<v1::GetVpcEndpointServiceNameOutput>
FakeClusterManager::GetVpcEndpointServiceName(
    const v1::GetVpcEndpointServiceNameInput& input) {
  return environment_.gate->Run<v1::GetVpcEndpointServiceNameOutput>(
      {"GetVpcEndpointServiceName", region_, caller_}, input,
      [&]() -> absl::StatusOr<v1::GetVpcEndpointServiceNameOutput> {
        DSQL_RETURN_IF_ERROR(
            GetClusterRecord(environment_, region_, input.identifier())
                .status());
        return VpcEndpoint(environment_.options.identifier_style, region_,
                           input.identifier());
      });
}

}  // namespace dsql
