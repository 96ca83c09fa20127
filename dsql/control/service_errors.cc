// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/service_errors.h"

#include "absl/strings/str_cat.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"

namespace dsql {
namespace {

constexpr char kCluster[] = "cluster";
constexpr char kStream[] = "stream";
constexpr char kPolicy[] = "policy";

constexpr char kServiceCode[] = "dsql";

// AWS publishes no quota codes of DSQL; these name the quota instead.
constexpr char kSingleRegionClustersQuota[] = "single-region-clusters";
constexpr char kMultiRegionClustersQuota[] = "multi-region-clusters";
constexpr char kStreamsQuota[] = "streams-per-cluster";
constexpr char kTagsQuota[] = "tags-per-resource";

absl::Status NotFound(const DsqlArn& arn, absl::string_view id,
                      absl::string_view type) {
  return ResourceNotFoundException(
      absl::StrCat("The resource with ARN ", arn.ToString(),
                   " doesn't exist. Verify the ARN and try again."),
      id, type);
}

}  // namespace

absl::Status ClusterNotFound(absl::string_view region,
                             absl::string_view account_id,
                             absl::string_view identifier) {
  return NotFound(DsqlArn::Cluster(region, account_id, identifier), identifier,
                  kCluster);
}

absl::Status StreamNotFound(absl::string_view region,
                            absl::string_view account_id,
                            absl::string_view cluster_identifier,
                            absl::string_view stream_identifier) {
  return NotFound(DsqlArn::Cluster(region, account_id, cluster_identifier)
                      .Stream(stream_identifier),
                  stream_identifier, kStream);
}

absl::Status PolicyNotFound(absl::string_view cluster_identifier) {
  return ResourceNotFoundException(
      absl::StrCat("Cluster ", cluster_identifier,
                   " has no resource policy. Attach one with "
                   "PutClusterPolicy."),
      cluster_identifier, kPolicy);
}

absl::Status DeletionProtectionIsEnabled(absl::string_view cluster_identifier) {
  return ValidationException(
      v1::ValidationExceptionReason::deletionProtectionEnabled,
      absl::StrCat("Cluster ", cluster_identifier,
                   " has deletion protection enabled. Disable it with "
                   "UpdateCluster before you delete the cluster."));
}

absl::Status InvalidMember(absl::string_view member,
                           absl::string_view message) {
  return ValidationException(
      v1::ValidationExceptionReason::fieldValidationFailed, message,
      {InvalidField(member, message)});
}

absl::Status ClusterIsBusy(absl::string_view operation,
                           const v1::GetClusterOutput& cluster) {
  return ConflictException(
      absl::StrCat(operation, " is not possible while cluster ",
                   cluster.identifier(), " is ",
                   v1::ClusterStatus::Value_Name(cluster.status()), "."),
      cluster.identifier(), kCluster);
}

absl::Status StreamIsBusy(absl::string_view operation,
                          const v1::GetStreamOutput& stream) {
  return ConflictException(
      absl::StrCat(operation, " is not possible while stream ",
                   stream.stream_identifier(), " is ",
                   v1::StreamStatus::Value_Name(stream.status()), "."),
      stream.stream_identifier(), kStream);
}

absl::Status KmsKeyIsInaccessible(absl::string_view operation,
                                  const v1::GetClusterOutput& cluster) {
  return ConflictException(
      absl::StrCat(operation, " is not possible while Aurora DSQL cannot use ",
                   cluster.encryption_details().kms_key_arn(),
                   ", the KMS key of cluster ", cluster.identifier(), "."),
      cluster.identifier(), kCluster);
}

absl::Status PolicyVersionMismatch(absl::string_view cluster_identifier,
                                   absl::string_view expected,
                                   absl::string_view actual) {
  return ConflictException(
      absl::StrCat("The expected policy version ", expected,
                   " does not match the current version",
                   actual.empty() ? ": the cluster has no policy."
                                  : absl::StrCat(" ", actual, ".")),
      cluster_identifier, kPolicy);
}

absl::Status ClientTokenReused(absl::string_view operation,
                               absl::string_view client_token) {
  return ConflictException(
      absl::StrCat("The client token ", client_token, " was already used for ",
                   operation, " with different parameters."),
      client_token, "clientToken");
}

absl::Status ClusterLimitReached(absl::string_view cluster_identifier,
                                 bool multi_region) {
  return ServiceQuotaExceededException(
      "You have reached the cluster limit.", cluster_identifier, kCluster,
      kServiceCode,
      multi_region ? kMultiRegionClustersQuota : kSingleRegionClustersQuota);
}

absl::Status StreamLimitReached(absl::string_view cluster_identifier) {
  return ServiceQuotaExceededException("You have reached the stream limit.",
                                       cluster_identifier, kStream,
                                       kServiceCode, kStreamsQuota);
}

absl::Status TagLimitReached(absl::string_view resource_arn, int limit) {
  return ServiceQuotaExceededException(
      absl::StrCat("You have reached the tag limit. The limit is ", limit,
                   " tags per resource."),
      resource_arn, "tag", kServiceCode, kTagsQuota);
}

absl::Status StorageIsCorrupt() {
  return absl::DataLossError(
      "Storage returned bytes that FakeDsql did not write");
}

}  // namespace dsql
