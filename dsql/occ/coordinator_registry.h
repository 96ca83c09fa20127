// SPDX-License-Identifier: Apache-2.0

// The coordinators of databases.

#ifndef DSQL_OCC_COORDINATOR_REGISTRY_H_
#define DSQL_OCC_COORDINATOR_REGISTRY_H_

#include <iterator>
#include <map>
#include <memory>
#include <string>

#include "boost/asio/any_io_executor.hpp"
#include "dsql/base/clock.h"
#include "dsql/gateway/link/server_link.h"
#include "dsql/occ/coordinator.h"

namespace dsql {

// Forgets the coordinators that nobody has any more.
template <typename Key>
void EraseExpired(std::map<Key, std::weak_ptr<Coordinator>>* coordinators) {
  for (auto it = coordinators->begin(); it != coordinators->end();)
    it = it->second.expired() ? coordinators->erase(it) : std::next(it);
}

// Used on the gateway's thread alone.
class CoordinatorRegistry {
 public:
  // The coordinator of the database that `server` is connected to: one for all
  // endpoints that lead to it. It lives as long as somebody has it.
  std::shared_ptr<Coordinator> Get(boost::asio::any_io_executor executor,
                                   const ServerLink& server, Clock* clock);

 private:
  std::map<std::string, std::weak_ptr<Coordinator>> by_database_;
};

}  // namespace dsql

#endif  // DSQL_OCC_COORDINATOR_REGISTRY_H_
