// SPDX-License-Identifier: Apache-2.0

// Sessions that somebody may have to end.

#ifndef DSQL_GATEWAY_SESSION_SESSION_SET_H_
#define DSQL_GATEWAY_SESSION_SESSION_SET_H_

#include <cstddef>
#include <memory>
#include <set>

namespace dsql {

// A session as who ends it knows it.
class OpenSession {
 public:
  virtual ~OpenSession() = default;

  // Ends it; safe at any time.
  virtual void Close() = 0;
  // The same, and tells the client: 57P01, as on failover.
  virtual void End() = 0;
  // Called every now and then: ends it where the server works for nobody any
  // more, or has ended itself, and by EndpointState::session_ends.
  virtual void Watch() = 0;
};

// Does not keep them alive. Used on the gateway's thread alone.
class SessionSet {
 public:
  void Add(std::weak_ptr<OpenSession> session);
  // Also forgets those that have ended.
  void WatchAll();
  // Ends them and forgets them.
  void CloseAll();
  // See OpenSession::End().
  void EndAll();
  bool empty() const { return sessions_.empty(); }

 private:
  void ForgetEnded();

  std::set<std::weak_ptr<OpenSession>,
           std::owner_less<std::weak_ptr<OpenSession>>>
      sessions_;
  // How many there may be before ended ones are looked for.
  size_t sweep_at_ = 64;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_SESSION_SET_H_
