// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/coordinator_registry.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace dsql {

std::shared_ptr<Coordinator> CoordinatorRegistry::Get(
    boost::asio::any_io_executor executor, const ServerLink& server,
    Clock* clock) {
  const ServerAddress& address = server.address();
  std::string database;
  for (const auto& parameter : server.told())
    if (parameter.first == "database") database = parameter.second;
  std::weak_ptr<Coordinator>& known = by_database_[absl::StrCat(
      address.host, " ", address.port, " ", database)];
  std::shared_ptr<Coordinator> coordinator = known.lock();
  if (coordinator != nullptr) return coordinator;
  coordinator =
      std::make_shared<Coordinator>(std::move(executor), address, clock);
  known = coordinator;
  EraseExpired(&by_database_);
  return coordinator;
}

}  // namespace dsql
