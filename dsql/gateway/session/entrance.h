// SPDX-License-Identifier: Apache-2.0

// Where sessions come in, and to which clusters that leads.

#ifndef DSQL_GATEWAY_SESSION_ENTRANCE_H_
#define DSQL_GATEWAY_SESSION_ENTRANCE_H_

#include <memory>
#include <utility>

#include "absl/types/optional.h"
#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/link/tls_context.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/gateway_options.h"
#include "dsql/pgwire/startup.h"
#include "dsql/sql/statement_cache.h"

namespace dsql {

// Used on the gateway's thread alone.
class Entrance {
 public:
  // What all entrances have. Neither options nor statements are owned.
  struct Parts {
    const GatewayOptions* options = nullptr;
    sql::StatementCache* statements = nullptr;
    TlsContext::Make tls;
    // Where clients come by a VPC endpoint: what policies may ask of them.
    absl::optional<RequestContext> private_link;
  };

  explicit Entrance(Parts parts)
      : parts_(std::move(parts)), tls_(std::move(parts_.tls)) {}
  virtual ~Entrance() = default;

  // The cluster that a client asks for.
  //
  // Throws StatusError with what the client is to be told.
  virtual boost::asio::awaitable<std::shared_ptr<EndpointState>> FindCluster(
      const ClientStream& client, const pgwire::StartupPacket& packet) = 0;

  // Has the session be asked to cancel that has `key`, if there is one.
  virtual void Cancel(const pgwire::BackendKey& key) = 0;

  const GatewayOptions& options() const { return *parts_.options; }
  sql::StatementCache* statements() const { return parts_.statements; }
  TlsContext* tls() { return &tls_; }
  const absl::optional<RequestContext>& private_link() const {
    return parts_.private_link;
  }

 private:
  Parts parts_;
  TlsContext tls_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_ENTRANCE_H_
