// SPDX-License-Identifier: Apache-2.0

// The ways to clusters that a FakeDsqlCore offers besides ConnectionInfo().

#include <errno.h>
#include <stdio.h>

#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql_core.h"
#include "dsql/iam/auth_token.h"
#include "dsql/iam/request_context.h"
#include "dsql/postgres/files.h"

namespace dsql {
namespace {

// As AWS makes them: 17 digits.
std::string MakeId(absl::string_view prefix, absl::uint128 number) {
  return absl::StrCat(prefix, "-0",
                      absl::StrFormat("%016x", absl::Uint128Low64(number)));
}

}  // namespace

absl::StatusOr<VpcEndpoint> FakeDsqlCore::CreateVpcEndpoint(
    const VpcEndpointOptions& options) {
  DSQL_RETURN_IF_ERROR(CheckRows());
  VpcEndpoint endpoint;
  endpoint.core_ = weak_from_this();
  endpoint.region_ = std::string(RegionOr(options.region));
  if (!IsRegionName(endpoint.region_)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "VpcEndpointOptions::region must be a Region such as us-east-1, it is ",
        endpoint.region_));
  }
  endpoint.id_ = options.vpc_endpoint_id.empty()
                     ? MakeId("vpce", options_.ids->NextId())
                     : options.vpc_endpoint_id;
  endpoint.vpc_id_ = options.vpc_id.empty()
                         ? MakeId("vpc", options_.ids->NextId())
                         : options.vpc_id;
  DSQL_ASSIGN_OR_RETURN(
      const PostgresDataPlane::VpcAddress address,
      rows_->OpenVpcEndpoint(endpoint.region_, endpoint.id_,
                             RequestContext({
                                 {"aws:SourceVpce", {endpoint.id_}},
                                 {"aws:SourceVpc", {endpoint.vpc_id_}},
                                 {"aws:VpcSourceIp", {options.source_ip}},
                             })));
  endpoint.dns_name_ = address.dns_name;
  endpoint.host_ = address.host;
  endpoint.port_ = address.port;
  return endpoint;
}

absl::Status FakeDsqlCore::DeleteVpcEndpoint(const VpcEndpoint& endpoint) {
  DSQL_RETURN_IF_ERROR(CheckRows());
  rows_->CloseVpcEndpoint(endpoint.id());
  return absl::OkStatus();
}

absl::StatusOr<postgres::ConnectionParameters>
FakeDsqlCore::PrivateConnectionInfo(const VpcEndpoint& endpoint,
                                    const Cluster& cluster,
                                    const std::string& token_host) {
  if (endpoint.region() != cluster.region()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "The VPC endpoint ", endpoint.id(), " is in ", endpoint.region(),
        ", the cluster ", cluster.identifier(), " in ", cluster.region()));
  }
  DSQL_ASSIGN_OR_RETURN(postgres::ConnectionParameters parameters,
                        ConnectionInfo(cluster));
  if (options_.gateway.tokens) {
    parameters.password =
        GenerateTokenFor(token_host, cluster, kDbConnectAdmin, {});
  }
  parameters.others["hostaddr"] = endpoint.host();
  parameters.port = absl::StrCat(endpoint.port());
  return parameters;
}

absl::StatusOr<std::string> FakeDsqlCore::WebSocketUrl(const Cluster& cluster) {
  // Fails for one that is gone.
  DSQL_RETURN_IF_ERROR(Endpoint(cluster).status());
  return rows_->WebSocketUrl(cluster.region(), cluster.identifier());
}

absl::Status FakeDsqlCore::WriteHostsFile(const std::string& path) {
  DSQL_RETURN_IF_ERROR(CheckRows());
  // Without a comment, which libnss-wrapper 1.1 cannot read.
  const std::string content =
      absl::StrCat(absl::StrJoin(rows_->HostLines(), "\n"), "\n");
  // Whole or not at all: somebody may be reading it.
  const std::string unfinished = path + ".new";
  DSQL_RETURN_IF_ERROR(postgres::WriteFile(unfinished, content));
  if (rename(unfinished.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int error = errno;
  remove(unfinished.c_str());
  return postgres::FileError(error, "write", path);
}

}  // namespace dsql
