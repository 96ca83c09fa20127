// SPDX-License-Identifier: Apache-2.0

#include "dsql/vpc_endpoint.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/aws/host_names.h"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql_core.h"

namespace dsql {
namespace {

// How long a connection may take.
constexpr absl::Duration kConnectTimeout = absl::Seconds(30);

}  // namespace

absl::StatusOr<std::shared_ptr<FakeDsqlCore>> VpcEndpoint::core() const {
  std::shared_ptr<FakeDsqlCore> core = core_.lock();
  if (core == nullptr) {
    return absl::FailedPreconditionError(
        "This VpcEndpoint is of a FakeDsql that was destroyed");
  }
  return core;
}

absl::StatusOr<postgres::ConnectionParameters> VpcEndpoint::ConnectionInfo(
    const Cluster& cluster) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  const std::string host =
      ClusterVpcHost(cluster.region(), cluster.identifier());
  DSQL_ASSIGN_OR_RETURN(postgres::ConnectionParameters parameters,
                        core->PrivateConnectionInfo(*this, cluster, host));
  parameters.host = host;
  return parameters;
}

absl::StatusOr<postgres::ConnectionParameters>
VpcEndpoint::ConnectionInfoByClusterId(const Cluster& cluster) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const std::string token_host, cluster.endpoint());
  DSQL_ASSIGN_OR_RETURN(
      postgres::ConnectionParameters parameters,
      core->PrivateConnectionInfo(*this, cluster, token_host));
  parameters.host = dns_name_;
  parameters.others["sslmode"] = "verify-ca";
  parameters.others["options"] =
      absl::StrCat("-c amzn-cluster-id=", cluster.identifier());
  return parameters;
}

absl::StatusOr<postgres::Connection> VpcEndpoint::Connect(
    const Cluster& cluster) const {
  DSQL_ASSIGN_OR_RETURN(const postgres::ConnectionParameters parameters,
                        ConnectionInfo(cluster));
  return postgres::Connection::Open(parameters.ToConninfo(),
                                    absl::Now() + kConnectTimeout);
}

absl::Status VpcEndpoint::Delete() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->DeleteVpcEndpoint(*this);
}

}  // namespace dsql
