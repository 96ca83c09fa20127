// SPDX-License-Identifier: Apache-2.0

// What can be chosen of the gateway.

#ifndef DSQL_GATEWAY_SESSION_GATEWAY_OPTIONS_H_
#define DSQL_GATEWAY_SESSION_GATEWAY_OPTIONS_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/gateway/login/connection_quota.h"
#include "dsql/pgwire/framing.h"
#include "dsql/sql/analyzer.h"

namespace dsql {

struct GatewayOptions {
  // Required. Not owned; must outlive the gateway.
  Clock* clock = nullptr;

  // Whether clients without TLS are refused.
  bool tls_required = false;

  // Whether clients of a cluster's own endpoint that name no host by SNI are
  // refused.
  bool sni_required = false;

  // A longer message of a client ends its connection.
  size_t max_message_size = pgwire::kMaxMessageSize;

  // From then on, by `clock`, a connection is ended as soon as it is not in a
  // transaction. Source: "Quotas" in the User Guide of Aurora DSQL.
  absl::Duration session_life = absl::Minutes(60);

  ConnectionQuotas connection_quotas;

  // How long a client may take to connect and log in; PostgreSQL's
  // authentication_timeout.
  absl::Duration login_timeout = absl::Seconds(60);

  // What is refused and rewritten.
  sql::DialectOptions dialect;

  // Told to clients in the place of what PostgreSQL reports of itself:
  // {"server_version", "16.15"}.
  std::map<std::string, std::string> reported_parameters;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_GATEWAY_OPTIONS_H_
