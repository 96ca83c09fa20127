// Which session a CancelRequest is about.

#ifndef DSQL_GATEWAY_SESSION_CANCEL_REGISTRY_H_
#define DSQL_GATEWAY_SESSION_CANCEL_REGISTRY_H_

#include <cstdint>
#include <functional>
#include <map>

#include "dsql/pgwire/startup.h"

namespace dsql {

// The sessions of one endpoint. Used on the gateway's thread alone.
class CancelRegistry {
 public:
  using Cancel = std::function<void()>;

  // Returns a key that is not in use: `pid` or, if another session has it, the
  // next free number, and a random secret of `secret_size` bytes. `cancel` is
  // called for each request until Remove().
  pgwire::BackendKey Add(int32_t pid, size_t secret_size, Cancel cancel);
  void Remove(const pgwire::BackendKey& key);

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
