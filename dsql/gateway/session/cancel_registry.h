// SPDX-License-Identifier: Apache-2.0

// Which session a CancelRequest is about.

#ifndef DSQL_GATEWAY_SESSION_CANCEL_REGISTRY_H_
#define DSQL_GATEWAY_SESSION_CANCEL_REGISTRY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "dsql/pgwire/startup.h"

namespace dsql {

// The sessions of one endpoint. Used on the gateway's thread alone.
class CancelRegistry {
 public:
  using Cancel = std::function<void()>;

  // A session that may be asked to cancel, for as long as this lives. The
  // registry must outlive it.
  class Registration {
   public:
    Registration() = default;
    Registration(CancelRegistry* registry, pgwire::BackendKey key)
        : registry_(registry), key_(std::move(key)) {}
    ~Registration() { End(); }
    Registration(Registration&& other) noexcept { *this = std::move(other); }
    Registration& operator=(Registration&& other) noexcept {
      End();
      registry_ = std::exchange(other.registry_, nullptr);
      key_ = std::move(other.key_);
      return *this;
    }
    const pgwire::BackendKey& key() const { return key_; }

   private:
    void End() {
      if (registry_ != nullptr) registry_->by_pid_.erase(key_.pid);
      registry_ = nullptr;
    }
    CancelRegistry* registry_ = nullptr;
    pgwire::BackendKey key_;
  };

  // Its key is not in use: `pid` or, if another session has it, the next free
  // number, and a random secret of `secret_size` bytes. `cancel` is called for
  // each request.
  Registration Add(int32_t pid, size_t secret_size, Cancel cancel);

  // Does nothing where there is no such session or the secret is another one,
  // and tells nobody, as PostgreSQL does it.
  void Request(const pgwire::BackendKey& key) const;

 private:
  struct Entry {
    std::string secret;
    Cancel cancel;
  };

  std::map<int32_t, Entry> by_pid_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_CANCEL_REGISTRY_H_
