// How many connections a cluster takes, and how fast.

#ifndef DSQL_GATEWAY_LOGIN_CONNECTION_QUOTA_H_
#define DSQL_GATEWAY_LOGIN_CONNECTION_QUOTA_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace dsql {

// Source: facts 1.5. A test lowers them to see the errors.
struct ConnectionQuotas {
  // Open at a time.
  int connections = 10000;
  // New ones a second, in the long run...
  double connections_per_second = 100;
  // ...and at once, after a pause.
  double burst = 1000;
};

// Of one cluster. Thread-compatible.
class ConnectionQuota {
 public:
  explicit ConnectionQuota(const ConnectionQuotas& quotas);

  // Counts a connection, which Release() ends.
  //
  // Errors, which count nothing: SqlError() FATAL 53300, "Unable to accept
  //   connection, too many open connections."; 53400, "Unable to accept
  //   connection, rate exceeded."
  absl::Status Admit(absl::Time now);
  void Release() { --open_; }

 private:
  const ConnectionQuotas quotas_;
  int open_ = 0;
  // A bucket of tokens, one for each new connection.
  double tokens_;
  absl::Time filled_ = absl::InfinitePast();
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_CONNECTION_QUOTA_H_
