// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/new_cluster.h"

#include <utility>

#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/kms_key.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/new_policy.h"
#include "dsql/control/new_resource.h"
#include "dsql/control/peering.h"
#include "dsql/control/records.h"
#include "dsql/control/service_errors.h"
#include "dsql/control/tags.h"

namespace dsql {
namespace {

// Counts one cluster more, unless a quota is used up.
absl::Status AddCount(const Environment& environment, absl::string_view region,
                      const v1::ClusterRecord& cluster, WriteBatch* batch) {
  DSQL_ASSIGN_OR_RETURN(
      auto stored, ReadRecord<v1::ClusterCountRecord>(
                       environment.storage, tables::kClusterCounts, region));
  Versioned<v1::ClusterCountRecord> counts;
  if (stored != nullptr) counts = std::move(*stored);
  const Quotas& quotas = environment.options.quotas;
  const bool multi_region = IsMultiRegion(cluster);
  const int limit = multi_region ? quotas.multi_region_clusters
                                 : quotas.single_region_clusters;
  const int count = 1 + (multi_region ? counts.record.multi_region()
                                      : counts.record.single_region());
  if (count > limit) {
    return ClusterLimitReached(cluster.cluster().identifier(), multi_region);
  }
  if (multi_region) {
    counts.record.set_multi_region(count);
  } else {
    counts.record.set_single_region(count);
  }
  WriteRecord(tables::kClusterCounts, region, counts, batch);
  return absl::OkStatus();
}

absl::StatusOr<v1::ClusterRecord> NewRecord(const Environment& environment,
                                            const std::string& region,
                                            const std::string& identifier,
                                            const v1::CreateClusterInput& input,
                                            WriteBatch* batch) {
  const absl::Time now = environment.clock->Now();
  const DsqlArn arn =
      DsqlArn::Cluster(region, environment.options.account_id, identifier);
  v1::ClusterRecord record;
  record.set_database_id(ClusterKey(region, identifier));
  v1::GetClusterOutput& cluster = *record.mutable_cluster();
  cluster.set_identifier(identifier);
  cluster.set_arn(arn.ToString());
  cluster.set_creation_time(CreationTime(now));
  cluster.set_deletion_protection_enabled(
      !input.has_deletion_protection_enabled() ||
      input.deletion_protection_enabled());
  DSQL_RETURN_IF_ERROR(
      CheckTags(input.tags(), cluster.arn(), environment.options.quotas));
  *cluster.mutable_tags() = input.tags();
  DSQL_ASSIGN_OR_RETURN(
      *cluster.mutable_encryption_details(),
      ResolveKmsKey(environment, input.kms_encryption_key(), arn, batch));
  if (!input.has_multi_region_properties()) {
    Become(v1::ClusterStatus::CREATING,
           now + environment.options.durations.creating,
           v1::ClusterStatus::ACTIVE, &record);
    return record;
  }
  cluster.set_status(v1::ClusterStatus::PENDING_SETUP);
  cluster.mutable_multi_region_properties()->add_clusters(cluster.arn());
  DSQL_RETURN_IF_ERROR(ApplyMultiRegionProperties(
      environment, input.multi_region_properties(), &record, batch));
  return record;
}

}  // namespace

absl::StatusOr<v1::GetClusterOutput> AddNewCluster(
    const Environment& environment, const std::string& region,
    const Caller& caller, const std::string& identifier,
    const v1::CreateClusterInput& input, WriteBatch* batch) {
  Versioned<v1::ClusterRecord> cluster;
  DSQL_ASSIGN_OR_RETURN(
      cluster.record, NewRecord(environment, region, identifier, input, batch));
  DSQL_RETURN_IF_ERROR(AddCount(environment, region, cluster.record, batch));
  if (input.has_policy()) {
    Versioned<v1::PolicyRecord> policy;
    DSQL_ASSIGN_OR_RETURN(
        policy.record,
        NewPolicy(environment, caller,
                  DsqlArn::Cluster(region, environment.options.account_id,
                                   identifier),
                  input.tags(), input.policy(),
                  input.bypass_policy_lockout_safety_check()));
    WriteRecord(tables::kPolicies, ClusterKey(region, identifier), policy,
                batch);
  }
  WriteCluster(region, cluster, batch);
  return std::move(*cluster.record.mutable_cluster());
}

}  // namespace dsql
