// SPDX-License-Identifier: Apache-2.0

// The names that DSQL's hosts have on AWS.

#ifndef DSQL_AWS_HOST_NAMES_H_
#define DSQL_AWS_HOST_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {

// A cluster's public endpoint: "<id>.dsql.us-east-1.on.aws".
std::string ClusterHost(absl::string_view region,
                        absl::string_view cluster_identifier);

// The VPC endpoint service by which the clusters of a Region are reached:
// "com.amazonaws.us-east-1.dsql-1a2b3c". Always the same for the same Region.
std::string VpcEndpointService(absl::string_view region);

// A cluster's name by that service: "<id>.dsql-1a2b3c.us-east-1.on.aws".
std::string ClusterVpcHost(absl::string_view region,
                           absl::string_view cluster_identifier);

// The name of a VPC endpoint of that service, whose id is "vpce-...":
// "vpce-0123-1a2b3c4d.dsql-1a2b3c.us-east-1.vpce.amazonaws.com". It leads to
// all clusters of the Region.
std::string VpcEndpointHost(absl::string_view region,
                            absl::string_view vpc_endpoint_id);

// The Region of the control plane's host, in whatever form clients know it,
// with a port or without: "dsql.us-east-1.api.aws", the SDKs' default,
// "dsql.us-east-1.amazonaws.com" and both for FIPS, "dsql-fips.us-east-1...".
// nullopt where `host` is none of these.
absl::optional<std::string> RegionOfControlPlaneHost(absl::string_view host);

}  // namespace dsql

#endif  // DSQL_AWS_HOST_NAMES_H_
