// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/peering.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/service_errors.h"

namespace dsql {
namespace {

constexpr char kClusters[] = "multiRegionProperties.clusters";
constexpr char kWitness[] = "multiRegionProperties.witnessRegion";

// Whether the cluster waits for its peer; once both name each other, its
// statuses up to ACTIVE are scheduled.
bool IsPending(const v1::ClusterRecord& cluster) {
  return cluster.cluster().status() == v1::ClusterStatus::PENDING_SETUP &&
         cluster.transitions().empty();
}

bool Names(const v1::ClusterRecord& cluster, const std::string& arn) {
  const absl::optional<DsqlArn> peer = PeerOf(cluster);
  return peer.has_value() && peer->ToString() == arn;
}

DsqlArn ArnOf(const v1::ClusterRecord& cluster) {
  return *DsqlArn::Parse(cluster.cluster().arn());
}

absl::Status ApplyWitness(const v1::MultiRegionProperties& requested,
                          v1::ClusterRecord* cluster) {
  v1::MultiRegionProperties* properties =
      cluster->mutable_cluster()->mutable_multi_region_properties();
  const std::string& witness = requested.witness_region();
  if (witness.empty()) {
    return InvalidMember(kWitness,
                         "A multi-Region cluster needs a witness Region.");
  }
  if (!IsRegionName(witness)) {
    return InvalidMember(kWitness,
                         "The witness Region is not the name of a Region.");
  }
  if (witness == ArnOf(*cluster).region) {
    return InvalidMember(kWitness,
                         absl::StrCat("The witness Region must differ from the "
                                      "cluster's own Region, ",
                                      witness, "."));
  }
  if (properties->has_witness_region() &&
      properties->witness_region() != witness) {
    return InvalidMember(
        kWitness, absl::StrCat("The witness Region cannot be changed: it is ",
                               properties->witness_region(), "."));
  }
  properties->set_witness_region(witness);
  return absl::OkStatus();
}

// The one cluster of `requested` that is not `own`; nullopt where there is
// none.
absl::StatusOr<absl::optional<DsqlArn>> RequestedPeer(
    const v1::MultiRegionProperties& requested, const std::string& own) {
  absl::optional<DsqlArn> peer;
  for (const std::string& arn : requested.clusters()) {
    if (arn == own || (peer.has_value() && peer->ToString() == arn)) continue;
    if (peer.has_value()) {
      return InvalidMember(
          kClusters,
          "A multi-Region cluster has exactly two clusters: name one "
          "peer.");
    }
    peer = DsqlArn::Parse(arn);
    if (!peer.has_value()) {
      return InvalidMember(kClusters,
                           absl::StrCat(arn, " is no ARN of a cluster."));
    }
  }
  return peer;
}

absl::Status CheckPeerArn(const DsqlArn& peer, const DsqlArn& own,
                          const std::string& witness) {
  if (peer.account_id != own.account_id) {
    return InvalidMember(kClusters,
                         "The peer cluster must be in the same account.");
  }
  if (peer.region == own.region) {
    return InvalidMember(kClusters,
                         "The peer cluster must be in another Region.");
  }
  if (peer.region == witness) {
    return InvalidMember(
        kWitness,
        absl::StrCat("The witness Region must differ from the Regions "
                     "of both clusters; ",
                     witness, " is the peer's Region."));
  }
  return absl::OkStatus();
}

absl::Status CheckPeer(const v1::ClusterRecord& peer,
                       const std::string& own_arn, const std::string& witness) {
  const std::string& peer_arn = peer.cluster().arn();
  if (!IsMultiRegion(peer)) {
    return InvalidMember(
        kClusters,
        absl::StrCat("Cluster ", peer_arn,
                     " is a single-Region cluster and cannot be a peer."));
  }
  if (peer.cluster().multi_region_properties().witness_region() != witness) {
    return InvalidMember(
        kWitness,
        absl::StrCat("Both clusters need the same witness Region; that of ",
                     peer_arn, " is ",
                     peer.cluster().multi_region_properties().witness_region(),
                     "."));
  }
  if (PeerOf(peer).has_value() && !Names(peer, own_arn)) {
    return InvalidMember(
        kClusters, absl::StrCat("Cluster ", peer_arn, " does not name ",
                                own_arn, " as its peer but another cluster."));
  }
  if (!IsPending(peer)) {
    return InvalidMember(
        kClusters,
        absl::StrCat("Cluster ", peer_arn, " must be PENDING_SETUP, it is ",
                     v1::ClusterStatus::Value_Name(peer.cluster().status()),
                     "."));
  }
  return absl::OkStatus();
}

void RemovePeer(v1::ClusterRecord* cluster) {
  v1::MultiRegionProperties* properties =
      cluster->mutable_cluster()->mutable_multi_region_properties();
  properties->clear_clusters();
  properties->add_clusters(cluster->cluster().arn());
}

void SetPeer(const std::string& peer_arn, v1::ClusterRecord* cluster) {
  RemovePeer(cluster);
  cluster->mutable_cluster()->mutable_multi_region_properties()->add_clusters(
      peer_arn);
}

void AddTransition(absl::Time at, v1::ClusterStatus::Value status,
                   v1::ClusterRecord* cluster) {
  auto* transition = cluster->add_transitions();
  transition->set_at(ToEpochSeconds(at));
  transition->set_status(status);
}

// Both clusters name each other from now on: the one that completed the pair is
// UPDATING first, then both are CREATING, then ACTIVE.
void Link(const Environment& environment, v1::ClusterRecord* cluster,
          v1::ClusterRecord* peer) {
  const LifecycleDurations& durations = environment.options.durations;
  const absl::Time creating = environment.clock->Now() + durations.updating;
  const absl::Time active = creating + durations.creating;
  Become(v1::ClusterStatus::UPDATING, creating, v1::ClusterStatus::CREATING,
         cluster);
  AddTransition(active, v1::ClusterStatus::ACTIVE, cluster);
  Become(v1::ClusterStatus::PENDING_SETUP, creating,
         v1::ClusterStatus::CREATING, peer);
  AddTransition(active, v1::ClusterStatus::ACTIVE, peer);
  cluster->set_database_id(peer->database_id());
}

}  // namespace

bool IsMultiRegion(const v1::ClusterRecord& cluster) {
  return cluster.cluster().has_multi_region_properties();
}

absl::optional<DsqlArn> PeerOf(const v1::ClusterRecord& cluster) {
  for (const std::string& arn :
       cluster.cluster().multi_region_properties().clusters()) {
    if (arn != cluster.cluster().arn()) return DsqlArn::Parse(arn);
  }
  return absl::nullopt;
}

absl::StatusOr<Found<v1::ClusterRecord>> FindLinkedPeer(
    const Environment& environment, const v1::ClusterRecord& cluster) {
  Found<v1::ClusterRecord> peer;
  const absl::optional<DsqlArn> arn = PeerOf(cluster);
  if (!arn.has_value()) return peer;
  DSQL_ASSIGN_OR_RETURN(
      peer, FindCluster(environment, arn->region, arn->cluster_identifier));
  if (peer != nullptr && !Names(peer->record, cluster.cluster().arn())) {
    peer.reset();
  }
  return peer;
}

absl::Status ApplyMultiRegionProperties(
    const Environment& environment, const v1::MultiRegionProperties& requested,
    v1::ClusterRecord* cluster, WriteBatch* batch) {
  DSQL_RETURN_IF_ERROR(ApplyWitness(requested, cluster));
  const DsqlArn own = ArnOf(*cluster);
  DSQL_ASSIGN_OR_RETURN(const absl::optional<DsqlArn> peer_arn,
                        RequestedPeer(requested, own.ToString()));
  if (!IsPending(*cluster)) {
    if (peer_arn.has_value() && Names(*cluster, peer_arn->ToString())) {
      return absl::OkStatus();
    }
    return InvalidMember(
        kClusters,
        "The peer of a multi-Region cluster can be neither removed nor "
        "replaced; delete both clusters instead.");
  }
  if (!peer_arn.has_value()) {
    RemovePeer(cluster);
    return absl::OkStatus();
  }
  DSQL_RETURN_IF_ERROR(
      CheckPeerArn(*peer_arn, own, requested.witness_region()));
  DSQL_ASSIGN_OR_RETURN(auto peer, FindCluster(environment, peer_arn->region,
                                               peer_arn->cluster_identifier));
  if (peer == nullptr) {
    return InvalidMember(kClusters,
                         absl::StrCat("The peer cluster ", peer_arn->ToString(),
                                      " does not exist."));
  }
  DSQL_RETURN_IF_ERROR(
      CheckPeer(peer->record, own.ToString(), requested.witness_region()));
  SetPeer(peer_arn->ToString(), cluster);
  if (Names(peer->record, own.ToString())) {
    Link(environment, cluster, &peer->record);
    WriteCluster(peer_arn->region, *peer, batch);
  } else {
    // Of two clusters that name each other at the same moment one must see the
    // other.
    ExpectCluster(peer_arn->region, *peer, batch);
  }
  return absl::OkStatus();
}

}  // namespace dsql
