// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/shared_entrance.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "dsql/gateway/link/on_worker.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/gateway/login/startup_settings.h"

namespace dsql {

namespace asio = ::boost::asio;

SharedEntrance::SharedEntrance(Parts parts, Clusters clusters)
    : Entrance(std::move(parts)), clusters_(std::move(clusters)) {}

std::string SharedEntrance::IdentifierOf(
    const ClientStream& client, const pgwire::StartupPacket& packet) const {
  const std::string host = absl::AsciiStrToLower(client.ServerName());
  absl::string_view identifier = host;
  return absl::ConsumeSuffix(&identifier, clusters_.host_suffix)
             ? std::string(identifier)
             : ClusterOption(packet);
}

asio::awaitable<std::shared_ptr<EndpointState>> SharedEntrance::FindCluster(
    const ClientStream& client, const pgwire::StartupPacket& packet) {
  const std::string identifier = IdentifierOf(client, packet);
  if (identifier.empty()) throw StatusError(NoClusterNamed());
  const std::function<absl::StatusOr<std::string>()> open = [&] {
    return clusters_.open(identifier);
  };
  const absl::StatusOr<std::string> name =
      co_await OnWorker(clusters_.workers, open);
  ThrowIfError(name.status());
  std::shared_ptr<EndpointState> cluster = clusters_.find(*name);
  // It was deleted meanwhile.
  if (cluster == nullptr) throw StatusError(UnknownCluster(identifier));
  co_return cluster;
}

void SharedEntrance::Cancel(const pgwire::BackendKey& key) {
  for (const auto& cluster : clusters_.all()) cluster->cancels.Request(key);
}

}  // namespace dsql
