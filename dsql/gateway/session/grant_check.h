// SPDX-License-Identifier: Apache-2.0

// AWS IAM REVOKE and the sessions that it ends.

#ifndef DSQL_GATEWAY_SESSION_GRANT_CHECK_H_
#define DSQL_GATEWAY_SESSION_GRANT_CHECK_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/thread_pool.hpp"
#include "dsql/gateway/login/cluster_backend.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/login/revocations.h"
#include "dsql/gateway/session/step.h"

namespace dsql {

// GrantCheck is one session's: whether its role is still granted to it, and
// what others are told of its own REVOKEs. Used on the gateway's thread alone.
class GrantCheck {
 public:
  // Made before the client is authenticated, so that no REVOKE in between is
  // missed. `workers` is not owned.
  GrantCheck(std::shared_ptr<ClusterBackend> backend,
             boost::asio::thread_pool* workers);
  // A REVOKE whose end was not seen may commit later.
  ~GrantCheck();

  void set_login(Login login) { login_ = std::move(login); }

  // Check() need not be called: nothing was revoked since it found the grant.
  bool is_known() const {
    if (revocations_ == nullptr) return true;
    const uint64_t version = revocations_->version();
    return version == version_ && version != Revocations::kUnsettled;
  }
  // Before a transaction may begin.
  //
  // Throws StatusError where the role has been revoked. Where the server cannot
  // be asked, the next transaction asks again.
  boost::asio::awaitable<void> Check();

  // Around each step of the session.
  void BeginStep(const Step& step);
  // `open`: a transaction is.
  void EndStep(bool open);

 private:
  const std::shared_ptr<ClusterBackend> backend_;
  boost::asio::thread_pool* const workers_;
  // Null where nobody is ended.
  Revocations* const revocations_;
  Login login_;
  // When the role was known to be granted.
  uint64_t version_ = Revocations::kUnsettled;
  // From a REVOKE to the end of its transaction.
  std::unique_ptr<Revocations::UnderWay> under_way_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_GRANT_CHECK_H_
