// SPDX-License-Identifier: Apache-2.0

// A VPC endpoint (AWS PrivateLink) as a test holds it.

#ifndef DSQL_VPC_ENDPOINT_H_
#define DSQL_VPC_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/cluster.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"

namespace dsql {

class FakeDsqlCore;

struct VpcEndpointOptions {
  // Empty: FakeDsqlOptions::default_region.
  std::string region;
  // What aws:SourceVpce, aws:SourceVpc and aws:VpcSourceIp of its connections
  // are. Empty ids are made up.
  std::string vpc_endpoint_id;
  std::string vpc_id;
  std::string source_ip = "10.0.0.10";
};

// VpcEndpoint is a handle on an address that leads to all clusters of a Region,
// made by FakeDsql::CreateVpcEndpoint():
//
//   auto endpoint = fake->CreateVpcEndpoint();
//   auto connection = endpoint->Connect(cluster);
//
// Policies see in its connections what VpcEndpointOptions says, and no
// aws:SourceIp. Clients that make their connections themselves name the cluster
// by SNI, as its PrivateLink host (GetVpcEndpointServiceName), or by the
// startup option amzn-cluster-id.
//
// A value, cheap to copy, that may outlive the FakeDsql: its methods then
// answer FailedPrecondition. It does not come back with a data_dir.
// Thread-safety: const methods are safe.
class VpcEndpoint {
 public:
  const std::string& region() const { return region_; }
  // "vpce-..." and "vpc-...".
  const std::string& id() const { return id_; }
  const std::string& vpc_id() const { return vpc_id_; }
  // "vpce-....dsql-....us-east-1.vpce.amazonaws.com".
  const std::string& dns_name() const { return dns_name_; }
  // Where it listens.
  const std::string& host() const { return host_; }
  int port() const { return port_; }

  // How clients reach a cluster by its PrivateLink host, as in a VPC with
  // private DNS: as Cluster::ConnectionInfo(), with a token for that host.
  //
  // Errors: those of Cluster::ConnectionInfo(); InvalidArgument for a cluster
  // of
  //   another Region.
  absl::StatusOr<postgres::ConnectionParameters> ConnectionInfo(
      const Cluster& cluster) const;

  // The same without private DNS: by dns_name() and amzn-cluster-id, with a
  // token for the cluster's endpoint. The certificate is not for that name, as
  // on AWS, so it has sslmode=verify-ca.
  absl::StatusOr<postgres::ConnectionParameters> ConnectionInfoByClusterId(
      const Cluster& cluster) const;

  // A new connection by ConnectionInfo(), as `admin`.
  absl::StatusOr<postgres::Connection> Connect(const Cluster& cluster) const;

  // Ends it, and the connections that were made by it. Idempotent.
  absl::Status Delete() const;

 private:
  friend class FakeDsqlCore;

  absl::StatusOr<std::shared_ptr<FakeDsqlCore>> core() const;

  std::weak_ptr<FakeDsqlCore> core_;
  std::string region_;
  std::string id_;
  std::string vpc_id_;
  std::string dns_name_;
  std::string host_;
  int port_ = 0;
};

}  // namespace dsql

#endif  // DSQL_VPC_ENDPOINT_H_
