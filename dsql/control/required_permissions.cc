// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/required_permissions.h"

#include <functional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/kms_key.h"
#include "dsql/control/records.h"
#include "dsql/kms/kms.h"
#include "dsql/kms/kms_error.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {
namespace {

using ::google::protobuf::Message;

constexpr char kServicePrincipal[] = "dsql.amazonaws.com";
constexpr char kDomain[] = ".amazonaws.com";

// What is asked of KMS for a cluster's key.
constexpr absl::string_view kKeyActions[] = {
    "kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"};

template <typename Tags>
void AddRequestTags(const Tags& tags, RequestContext* keys) {
  keys->AddTags("aws:RequestTag/", tags);
  RequestContext::Values names;
  for (const auto& tag : tags) names.push_back(tag.first);
  keys->Set("aws:TagKeys", std::move(names));
}

// PermissionList is filled for one request.
class PermissionList {
 public:
  PermissionList(const Environment& environment, absl::string_view region)
      : environment_(environment), region_(region) {}

  // The permissions of each operation. `action` is the operation's own.

  absl::Status CreateCluster(const v1::CreateClusterInput& input) {
    RequestContext keys;
    AddRequestTags(input.tags(), &keys);
    const std::string cluster = AnyCluster(region_);
    if (input.has_multi_region_properties())
      SetWitness(input.multi_region_properties(), &keys);
    Add("CreateCluster", cluster, keys);
    if (!input.tags().empty()) Add("TagResource", cluster, keys);
    if (input.has_policy()) Add("PutClusterPolicy", cluster, keys);
    if (input.has_multi_region_properties())
      AddPeering(input.multi_region_properties(), cluster);
    return AddKey(input.kms_encryption_key());
  }

  absl::Status UpdateCluster(const v1::UpdateClusterInput& input) {
    RequestContext keys;
    const std::string cluster = ClusterArn(input.identifier());
    if (input.has_multi_region_properties())
      SetWitness(input.multi_region_properties(), &keys);
    Add("UpdateCluster", cluster, keys);
    if (input.has_kms_encryption_key())
      DSQL_RETURN_IF_ERROR(AddKey(input.kms_encryption_key()));
    if (!input.has_multi_region_properties()) return absl::OkStatus();
    Add("GetCluster", cluster);
    AddPeering(input.multi_region_properties(), cluster);
    return AddRemovedPeers(input);
  }

  template <typename Input>
  void OfCluster(absl::string_view action, const Input& input) {
    Add(action, ClusterArn(input.identifier()));
  }

  void ListClusters() { Add("ListClusters", "*"); }

  absl::Status CreateStream(const v1::CreateStreamInput& input) {
    RequestContext keys;
    AddRequestTags(input.tags(), &keys);
    Add("CreateStream", ClusterArn(input.cluster_identifier()), keys);
    RequestContext passed;
    passed.Set("iam:PassedToService", {kServicePrincipal});
    permissions_.push_back({"iam:PassRole",
                            input.target_definition().kinesis().role_arn(),
                            region_, std::move(passed)});
    DSQL_ASSIGN_OR_RETURN(
        const auto cluster,
        FindCluster(environment_, region_, input.cluster_identifier()));
    if (cluster == nullptr) return absl::OkStatus();
    const auto& encryption = cluster->record.cluster().encryption_details();
    if (encryption.has_kms_key_arn())
      AddKeyAction("kms:Decrypt", encryption.kms_key_arn());
    return absl::OkStatus();
  }

  void ListStreams(const v1::ListStreamsInput& input) {
    Add("ListStreams", ClusterArn(input.cluster_identifier()));
  }

  template <typename Input>
  void OfStream(absl::string_view action, const Input& input) {
    Add(action, DsqlArn::Cluster(region_, environment_.options.account_id,
                                 input.cluster_identifier())
                    .Stream(input.stream_identifier())
                    .ToString());
  }

  void TagResource(const v1::TagResourceInput& input) {
    RequestContext keys;
    AddRequestTags(input.tags(), &keys);
    Add("TagResource", input.resource_arn(), std::move(keys));
  }

  void UntagResource(const v1::UntagResourceInput& input) {
    RequestContext keys;
    keys.Set("aws:TagKeys", RequestContext::Values(input.tag_keys().begin(),
                                                   input.tag_keys().end()));
    Add("UntagResource", input.resource_arn(), std::move(keys));
  }

  void ListTagsForResource(const v1::ListTagsForResourceInput& input) {
    Add("ListTagsForResource", input.resource_arn());
  }

  std::vector<Permission> Take() { return std::move(permissions_); }

 private:
  // In the Region of the resource, which may be that of a peer or witness.
  void Add(absl::string_view action, std::string resource_arn,
           RequestContext keys = {}) {
    const absl::optional<ArnParts> arn = ArnParts::Parse(resource_arn);
    permissions_.push_back(
        {absl::StrCat("dsql:", action), std::move(resource_arn),
         arn.has_value() ? arn->region : region_, std::move(keys)});
  }

  std::string ClusterArn(absl::string_view identifier) const {
    return DsqlArn::Cluster(region_, environment_.options.account_id,
                            identifier)
        .ToString();
  }

  // What a cluster's ARN is before it has an identifier.
  std::string AnyCluster(absl::string_view region) const {
    return DsqlArn::Cluster(region, environment_.options.account_id, "*")
        .ToString();
  }

  static void SetWitness(const v1::MultiRegionProperties& properties,
                         RequestContext* keys) {
    if (properties.has_witness_region())
      keys->Set("dsql:WitnessRegion", {properties.witness_region()});
  }

  // For `cluster`, its own or that of one that will be.
  void AddPeering(const v1::MultiRegionProperties& properties,
                  const std::string& cluster) {
    Add("PutMultiRegionProperties", cluster);
    std::set<std::string> peers(properties.clusters().begin(),
                                properties.clusters().end());
    peers.erase(cluster);
    if (!peers.empty()) Add("AddPeerCluster", cluster);
    for (const std::string& peer : peers) Add("AddPeerCluster", peer);
    if (!properties.has_witness_region()) return;
    RequestContext keys;
    SetWitness(properties, &keys);
    Add("PutWitnessRegion", cluster, keys);
    Add("PutWitnessRegion", AnyCluster(properties.witness_region()), keys);
  }

  // The peers that a cluster has and the request leaves out.
  absl::Status AddRemovedPeers(const v1::UpdateClusterInput& input) {
    const auto& wanted = input.multi_region_properties().clusters();
    std::set<std::string> kept(wanted.begin(), wanted.end());
    kept.insert(ClusterArn(input.identifier()));
    DSQL_ASSIGN_OR_RETURN(const auto cluster, FindCluster(environment_, region_,
                                                          input.identifier()));
    if (cluster == nullptr) return absl::OkStatus();
    for (const std::string& peer :
         cluster->record.cluster().multi_region_properties().clusters()) {
      if (kept.count(peer) == 0) Add("RemovePeerCluster", peer);
    }
    return absl::OkStatus();
  }

  // What the operation says of a key that it does not understand, it says
  // itself.
  absl::Status AddKey(absl::string_view key) {
    if (key.empty() || key == kAwsOwnedKey) return absl::OkStatus();
    const auto arn = environment_.kms->ArnForUse(key, region_);
    if (!arn.ok()) {
      return kms::ExceptionNameOf(arn.status()).empty() ? arn.status()
                                                        : absl::OkStatus();
    }
    for (const absl::string_view action : kKeyActions)
      AddKeyAction(action, *arn);
    return absl::OkStatus();
  }

  // DSQL uses the key on behalf of the caller.
  void AddKeyAction(absl::string_view action, const std::string& key_arn) {
    RequestContext keys;
    keys.Set("kms:ViaService", {absl::StrCat("dsql.", region_, kDomain)});
    keys.Set("kms:CallerAccount", {environment_.options.account_id});
    keys.Set("aws:ViaAWSService", {"true"});
    permissions_.push_back(
        {std::string(action), key_arn, region_, std::move(keys)});
  }

  const Environment& environment_;
  const std::string region_;
  std::vector<Permission> permissions_;
};

using AddPermissions = std::function<absl::Status(
    absl::string_view operation, const Message& input, PermissionList* list)>;

// Of an operation that needs what `add` says.
template <typename Input>
AddPermissions Bind(void (PermissionList::*add)(const Input&)) {
  return [add](absl::string_view, const Message& input, PermissionList* list) {
    (list->*add)(static_cast<const Input&>(input));
    return absl::OkStatus();
  };
}

// Of one that needs the permission of its own name.
template <typename Input>
AddPermissions Bind(void (PermissionList::*add)(absl::string_view,
                                                const Input&)) {
  return [add](absl::string_view operation, const Message& input,
               PermissionList* list) {
    (list->*add)(operation, static_cast<const Input&>(input));
    return absl::OkStatus();
  };
}

template <typename Input>
AddPermissions OfCluster() {
  return Bind<Input>(&PermissionList::OfCluster<Input>);
}

template <typename Input>
AddPermissions OfStream() {
  return Bind<Input>(&PermissionList::OfStream<Input>);
}

// Of one that has to look at its cluster for that.
template <typename Input>
AddPermissions Bind(absl::Status (PermissionList::*add)(const Input&)) {
  return [add](absl::string_view, const Message& input, PermissionList* list) {
    return (list->*add)(static_cast<const Input&>(input));
  };
}

absl::Status AddForList(absl::string_view, const Message&,
                        PermissionList* list) {
  list->ListClusters();
  return absl::OkStatus();
}

const absl::flat_hash_map<absl::string_view, AddPermissions>& Matrix() {
  static const auto* const matrix =
      new absl::flat_hash_map<absl::string_view, AddPermissions>{
          {"CreateCluster", Bind(&PermissionList::CreateCluster)},
          {"GetCluster", OfCluster<v1::GetClusterInput>()},
          {"UpdateCluster", Bind(&PermissionList::UpdateCluster)},
          {"DeleteCluster", OfCluster<v1::DeleteClusterInput>()},
          {"ListClusters", AddForList},
          {"GetVpcEndpointServiceName",
           OfCluster<v1::GetVpcEndpointServiceNameInput>()},
          {"CreateStream", Bind(&PermissionList::CreateStream)},
          {"GetStream", OfStream<v1::GetStreamInput>()},
          {"DeleteStream", OfStream<v1::DeleteStreamInput>()},
          {"ListStreams", Bind(&PermissionList::ListStreams)},
          {"PutClusterPolicy", OfCluster<v1::PutClusterPolicyInput>()},
          {"GetClusterPolicy", OfCluster<v1::GetClusterPolicyInput>()},
          {"DeleteClusterPolicy", OfCluster<v1::DeleteClusterPolicyInput>()},
          {"TagResource", Bind(&PermissionList::TagResource)},
          {"UntagResource", Bind(&PermissionList::UntagResource)},
          {"ListTagsForResource", Bind(&PermissionList::ListTagsForResource)},
      };
  return *matrix;
}

}  // namespace

bool ClusterPolicyCounts(absl::string_view action) {
  static const auto* const actions = new absl::flat_hash_set<std::string>{
      "dsql:dbconnect",           "dsql:dbconnectadmin",
      "dsql:getcluster",          "dsql:updatecluster",
      "dsql:deletecluster",       "dsql:getvpcendpointservicename",
      "dsql:tagresource",         "dsql:untagresource",
      "dsql:listtagsforresource", "dsql:addpeercluster",
      "dsql:putwitnessregion",    "dsql:putmultiregionproperties",
      "dsql:putclusterpolicy",    "dsql:getclusterpolicy",
      "dsql:deleteclusterpolicy", "dsql:startbackupjob"};
  return actions->contains(absl::AsciiStrToLower(action));
}

absl::StatusOr<std::vector<Permission>> RequiredPermissions(
    const Environment& environment, absl::string_view region,
    absl::string_view operation, const Message& input) {
  PermissionList list(environment, region);
  DSQL_RETURN_IF_ERROR(Matrix().at(operation)(operation, input, &list));
  return list.Take();
}

}  // namespace dsql
