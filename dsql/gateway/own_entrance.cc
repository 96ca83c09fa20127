// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/own_entrance.h"

#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/login/refusals.h"

namespace dsql {

boost::asio::awaitable<std::shared_ptr<EndpointState>> OwnEntrance::FindCluster(
    const ClientStream& client, const pgwire::StartupPacket&) {
  if (options().sni_required && client.ServerName().empty())
    throw StatusError(SniNotReceived());
  co_return cluster_;
}

}  // namespace dsql
