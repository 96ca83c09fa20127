// SPDX-License-Identifier: Apache-2.0

// How many connections a cluster takes, and how fast.

#ifndef DSQL_GATEWAY_LOGIN_CONNECTION_QUOTAS_H_
#define DSQL_GATEWAY_LOGIN_CONNECTION_QUOTAS_H_

namespace dsql {

// The quotas of a cluster; a test lowers them to see the errors. Source:
// https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
struct ConnectionQuotas {
  // Open at a time.
  int connections = 10000;
  // New ones a second, in the long run...
  double connections_per_second = 100;
  // ...and at once, after a pause.
  double burst = 1000;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_CONNECTION_QUOTAS_H_
