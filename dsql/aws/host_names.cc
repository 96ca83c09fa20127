// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/host_names.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/identifier.h"

namespace dsql {
namespace {

// The last part of a service's name, which AWS draws once for a Region.
std::string ServiceSuffix(absl::string_view region) {
  return absl::StrCat("dsql-", UuidOfName(region).substr(0, 6));
}

}  // namespace

std::string ClusterHost(absl::string_view region,
                        absl::string_view cluster_identifier) {
  return absl::StrCat(cluster_identifier, ".dsql.", region, ".on.aws");
}

std::string VpcEndpointService(absl::string_view region) {
  return absl::StrCat("com.amazonaws.", region, ".", ServiceSuffix(region));
}

std::string ClusterVpcHost(absl::string_view region,
                           absl::string_view cluster_identifier) {
  return absl::StrCat(cluster_identifier, ".", ServiceSuffix(region), ".",
                      region, ".on.aws");
}

std::string VpcEndpointHost(absl::string_view region,
                            absl::string_view vpc_endpoint_id) {
  return absl::StrCat(
      vpc_endpoint_id, "-", UuidOfName(vpc_endpoint_id).substr(0, 8), ".",
      ServiceSuffix(region), ".", region, ".vpce.amazonaws.com");
}

absl::optional<std::string> RegionOfControlPlaneHost(absl::string_view host) {
  const std::string name =
      absl::AsciiStrToLower(host.substr(0, host.find(':')));
  const std::vector<std::string> labels = absl::StrSplit(name, '.');
  if (labels.size() < 4 || (labels[0] != "dsql" && labels[0] != "dsql-fips") ||
      !IsRegionName(labels[1])) {
    return absl::nullopt;
  }
  const std::string domain =
      absl::StrJoin(labels.begin() + 2, labels.end(), ".");
  if (domain != "api.aws" && domain != "amazonaws.com") return absl::nullopt;
  return labels[1];
}

}  // namespace dsql
