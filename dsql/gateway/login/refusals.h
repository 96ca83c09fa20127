// SPDX-License-Identifier: Apache-2.0

// Why a client is not let in, as DSQL tells it: SqlError()s of severity FATAL.

#ifndef DSQL_GATEWAY_LOGIN_REFUSALS_H_
#define DSQL_GATEWAY_LOGIN_REFUSALS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql {

// SQLSTATEs of AccessDenied(). Clients see the first today; the second is in
// older reports.
constexpr char kAccessDeniedSqlstate[] = "28000";
constexpr char kOldAccessDeniedSqlstate[] = "08006";

// "unable to accept connection, access denied". `hint` says why; empty where
// DSQL gives no reason.
absl::Status AccessDenied(absl::string_view sqlstate, absl::string_view hint);

// 08P01, "SSL is mandatory". Source: the tests of AWS's Python connector.
absl::Status SslIsMandatory();

// 08006, "unable to accept connection, waking up cluster, please retry later".
// The text is what clients report; the SQLSTATE is not published.
absl::Status WakingUpCluster();

// 08006, "unable to accept connection, sni was not received". The text is what
// clients report; the SQLSTATE is not published.
absl::Status SniNotReceived();

// 08006: to an address that leads to several clusters, where the client has
// named none, or one that is not there. Neither text is published.
absl::Status NoClusterNamed();
absl::Status UnknownCluster(absl::string_view identifier);

// 53300 and 53400: the quotas of ConnectionQuotas.
absl::Status TooManyOpenConnections();
absl::Status ConnectionRateExceeded();

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_REFUSALS_H_
