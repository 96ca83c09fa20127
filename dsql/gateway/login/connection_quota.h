// SPDX-License-Identifier: Apache-2.0

// Counts the connections of a cluster.

#ifndef DSQL_GATEWAY_LOGIN_CONNECTION_QUOTA_H_
#define DSQL_GATEWAY_LOGIN_CONNECTION_QUOTA_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/gateway/login/connection_quotas.h"

namespace dsql {

// The connections of one cluster, held against its quotas. Thread-compatible.
class ConnectionQuota {
 public:
  explicit ConnectionQuota(const ConnectionQuotas& quotas);

  // A connection that is counted, for as long as this lives. The quota must
  // outlive it.
  class Admission {
   public:
    Admission() = default;
    explicit Admission(ConnectionQuota* quota) : quota_(quota) {}
    ~Admission() { Release(); }
    Admission(Admission&& other) noexcept
        : quota_(std::exchange(other.quota_, nullptr)) {}
    Admission& operator=(Admission&& other) noexcept {
      Release();
      quota_ = std::exchange(other.quota_, nullptr);
      return *this;
    }

   private:
    void Release() {
      if (quota_ != nullptr) --quota_->open_;
      quota_ = nullptr;
    }
    ConnectionQuota* quota_ = nullptr;
  };

  // Counts a connection.
  //
  // Errors, which count nothing: SqlError() FATAL 53300, "Unable to accept
  //   connection, too many open connections."; 53400, "Unable to accept
  //   connection, rate exceeded."
  absl::StatusOr<Admission> Admit(absl::Time now);

 private:
  const ConnectionQuotas quotas_;
  int open_ = 0;
  // A bucket of tokens, one for each new connection.
  double tokens_;
  absl::Time filled_ = absl::InfinitePast();
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_CONNECTION_QUOTA_H_
