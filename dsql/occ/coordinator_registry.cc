#include "dsql/occ/coordinator_registry.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace dsql {

std::shared_ptr<Coordinator> CoordinatorRegistry::Get(
    boost::asio::any_io_executor executor, const ServerLink& server) {
  const ServerAddress& address = server.address();
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string name = absl::StrCat(address.host, " ", address.port);
  for (const auto& parameter : server.told()) {
    if (parameter.first == "user") parameters.push_back(parameter);
    if (parameter.first != "database") continue;
    parameters.push_back(parameter);
    absl::StrAppend(&name, " ", parameter.second);
  }
  std::weak_ptr<Coordinator>& known = by_database_[name];
  std::shared_ptr<Coordinator> coordinator = known.lock();
  if (coordinator == nullptr) {
    // For who looks at pg_stat_activity.
    parameters.emplace_back("application_name", "dsql_internal");
    coordinator = std::make_shared<Coordinator>(std::move(executor), address,
                                                std::move(parameters));
    known = coordinator;
  }
  return coordinator;
}

}  // namespace dsql
