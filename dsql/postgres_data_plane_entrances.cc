// SPDX-License-Identifier: Apache-2.0

// Other ways to the clusters of PostgresDataPlane than their own port:
// WebSockets' port, VPC endpoints, and what names lead where.

#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/aws/host_names.h"
#include "dsql/base/status_macros.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/postgres_data_plane.h"

namespace dsql {
namespace {

// Which URLs leave out.
constexpr int kHttpsPort = 443;

// No Region has this name, so no cluster has that of an endpoint.
std::string VpcEndpointName(absl::string_view vpc_endpoint_id) {
  return absl::StrCat("vpce/", vpc_endpoint_id);
}

absl::Status NoTls(absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat(what,
                   " need TLS: FakeDsqlOptions::gateway.tls is false in this "
                   "FakeDsql"));
}

}  // namespace

absl::StatusOr<LoopbackListener> PostgresDataPlane::GetWebSocketListener(
    const std::string& name, const LoopbackListener& listener) {
  const std::string kept_name = WebSocketName(name);
  int port = *options_.endpoints.web_socket_port;
  absl::StatusOr<LoopbackListener> web_sockets = absl::NotFoundError("");
  DSQL_ASSIGN_OR_RETURN(auto before, kept_addresses_.Find(kept_name));
  const auto closed = addresses_.find(name);
  if (closed != addresses_.end())
    before = EndpointAddress{listener.host, closed->second.web_socket_port};
  if (port == 0 && before.has_value())
    web_sockets = ListenAt(listener.host, before->port);
  if (!web_sockets.ok()) web_sockets = ListenAt(listener.host, port);
  if (!web_sockets.ok()) {
    return absl::UnavailableError(absl::StrCat(
        "FakeDsqlOptions::gateway.web_socket_port: cannot listen "
        "at port ",
        port, " of ", listener.host, ": ", web_sockets.status().message()));
  }
  const absl::Status status =
      kept_addresses_.Keep(kept_name, {web_sockets->host, web_sockets->port});
  if (status.ok()) return web_sockets;
  close(web_sockets->fd);
  return status;
}

absl::StatusOr<std::string> PostgresDataPlane::WebSocketUrl(
    absl::string_view region, absl::string_view cluster_identifier) {
  if (!options_.endpoints.tls) return NoTls("WebSockets");
  DSQL_ASSIGN_OR_RETURN(
      const Address address,
      GetAddress(std::string(region), std::string(cluster_identifier)));
  const std::string url = absl::StrCat("wss://", HostOf(address));
  return address.web_socket_port == kHttpsPort
             ? url
             : absl::StrCat(url, ":", address.web_socket_port);
}

absl::StatusOr<PostgresDataPlane::VpcAddress>
PostgresDataPlane::OpenVpcEndpoint(const std::string& region,
                                   const std::string& vpc_endpoint_id,
                                   const RequestContext& context) {
  if (!options_.endpoints.tls) return NoTls("VPC endpoints");
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopped();
  const std::string name = VpcEndpointName(vpc_endpoint_id);
  DSQL_ASSIGN_OR_RETURN(const LoopbackListener listener, NewListener(name));
  Gateway::SharedOptions endpoint;
  endpoint.listening_socket = listener.fd;
  endpoint.context = context;
  endpoint.host_suffix = ClusterVpcHost(region, "");
  // Not the endpoint's own name, as on AWS: who uses it cannot verify it.
  const std::vector<std::string> hosts = {"*" + endpoint.host_suffix,
                                          listener.host};
  endpoint.tls = [this, hosts] { return ServerTls(hosts); };
  endpoint.open_cluster = [this, region](const std::string& identifier) {
    return OpenCluster(region, identifier);
  };
  DSQL_RETURN_IF_ERROR(GetGateway().ServeShared(name, std::move(endpoint)));
  vpc_addresses_.push_back({region, vpc_endpoint_id,
                            VpcEndpointHost(region, vpc_endpoint_id),
                            listener.host, listener.port});
  return vpc_addresses_.back();
}

void PostgresDataPlane::CloseVpcEndpoint(const std::string& vpc_endpoint_id) {
  absl::MutexLock lock(&mutex_);
  if (gateway_ != nullptr) gateway_->Close(VpcEndpointName(vpc_endpoint_id));
  vpc_addresses_.erase(
      std::remove_if(vpc_addresses_.begin(), vpc_addresses_.end(),
                     [&](const VpcAddress& address) {
                       return address.vpc_endpoint_id == vpc_endpoint_id;
                     }),
      vpc_addresses_.end());
}

absl::StatusOr<std::string> PostgresDataPlane::OpenCluster(
    const std::string& region, const std::string& identifier) {
  const auto state = options_.find_cluster(region, identifier);
  if (IsDeleted(state)) return UnknownCluster(identifier);
  DSQL_RETURN_IF_ERROR(state.status());
  DSQL_RETURN_IF_ERROR(GetAddress(region, identifier).status());
  return ClusterName(region, identifier);
}

std::vector<std::string> PostgresDataPlane::HostLines() {
  std::vector<std::string> lines;
  absl::MutexLock lock(&mutex_);
  // A cluster's private name leads to the first VPC endpoint of its Region.
  std::map<std::string, std::string> private_hosts;
  for (const VpcAddress& address : vpc_addresses_) {
    private_hosts.emplace(address.region, address.host);
    lines.push_back(absl::StrCat(address.host, " ", address.dns_name));
  }
  for (const auto& [name, address] : addresses_) {
    if (address.closed) continue;
    const auto private_host = private_hosts.find(address.region);
    const std::string public_name =
        ClusterHost(address.region, address.cluster_identifier);
    const std::string private_name =
        ClusterVpcHost(address.region, address.cluster_identifier);
    if (private_host == private_hosts.end()) {
      lines.push_back(
          absl::StrCat(address.host, " ", public_name, " ", private_name));
    } else {
      lines.push_back(absl::StrCat(address.host, " ", public_name));
      lines.push_back(absl::StrCat(private_host->second, " ", private_name));
    }
  }
  return lines;
}

}  // namespace dsql
