// SPDX-License-Identifier: Apache-2.0

// The endpoint of one cluster.

#ifndef DSQL_GATEWAY_OWN_ENTRANCE_H_
#define DSQL_GATEWAY_OWN_ENTRANCE_H_

#include <memory>
#include <utility>

#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/entrance.h"

namespace dsql {

class OwnEntrance final : public Entrance {
 public:
  OwnEntrance(Parts parts, std::shared_ptr<EndpointState> cluster)
      : Entrance(std::move(parts)), cluster_(std::move(cluster)) {}

  // The only one; but for GatewayOptions::sni_required, whoever asks.
  boost::asio::awaitable<std::shared_ptr<EndpointState>> FindCluster(
      const ClientStream& client, const pgwire::StartupPacket& packet) override;
  void Cancel(const pgwire::BackendKey& key) override {
    cluster_->cancels.Request(key);
  }

 private:
  const std::shared_ptr<EndpointState> cluster_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_OWN_ENTRANCE_H_
