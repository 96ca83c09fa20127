// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/cancel_registry.h"

#include <utility>

#include "openssl/crypto.h"
#include "openssl/rand.h"

namespace dsql {
namespace {

std::string RandomSecret(size_t size) {
  std::string secret(size, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(&secret[0]),
             static_cast<int>(size));
  return secret;
}

bool EqualSecrets(const std::string& a, const std::string& b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

CancelRegistry::Registration CancelRegistry::Add(int32_t pid,
                                                 size_t secret_size,
                                                 Cancel cancel) {
  while (by_pid_.count(pid) > 0) ++pid;
  pgwire::BackendKey key{pid, RandomSecret(secret_size)};
  by_pid_[pid] = {key.secret, std::move(cancel)};
  return Registration(this, std::move(key));
}

void CancelRegistry::Request(const pgwire::BackendKey& key) const {
  const auto found = by_pid_.find(key.pid);
  if (found == by_pid_.end()) return;
  if (EqualSecrets(found->second.secret, key.secret)) found->second.cancel();
}

}  // namespace dsql
