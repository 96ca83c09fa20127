// SPDX-License-Identifier: Apache-2.0

// An address that leads to all clusters of a Region, as that of a VPC endpoint.

#ifndef DSQL_GATEWAY_SHARED_ENTRANCE_H_
#define DSQL_GATEWAY_SHARED_ENTRANCE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/thread_pool.hpp"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/entrance.h"

namespace dsql {

// Clients name their cluster: by SNI, "<id><host_suffix>", or by the startup
// option amzn-cluster-id, which counts where SNI names no cluster.
class SharedEntrance final : public Entrance {
 public:
  struct Clusters {
    std::string host_suffix;
    // Makes sure that the cluster has an endpoint, and returns its name. Called
    // on a worker, may block. An error is told to the client.
    std::function<absl::StatusOr<std::string>(const std::string& identifier)>
        open;
    // The cluster at the endpoint of `name`; null where there is none.
    std::function<std::shared_ptr<EndpointState>(const std::string& name)> find;
    // Those that there are.
    std::function<std::vector<std::shared_ptr<EndpointState>>()> all;
    // Not owned.
    boost::asio::thread_pool* workers = nullptr;
  };

  SharedEntrance(Parts parts, Clusters clusters);

  boost::asio::awaitable<std::shared_ptr<EndpointState>> FindCluster(
      const ClientStream& client, const pgwire::StartupPacket& packet) override;
  // A request to cancel names no cluster: its secret is enough.
  void Cancel(const pgwire::BackendKey& key) override;

 private:
  // Empty where the client named none.
  std::string IdentifierOf(const ClientStream& client,
                           const pgwire::StartupPacket& packet) const;

  const Clusters clusters_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SHARED_ENTRANCE_H_
