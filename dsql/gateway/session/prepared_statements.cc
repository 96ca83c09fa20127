#include "dsql/gateway/session/prepared_statements.h"

#include <utility>

namespace dsql {
namespace {

StatementRef Find(const absl::flat_hash_map<std::string, StatementRef>& map,
                  absl::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? StatementRef() : found->second;
}

}  // namespace

void PreparedStatements::Parse(absl::string_view name, StatementRef statement) {
  // A name that is taken stays taken: the server refuses the Parse.
  const bool made =
      name.empty() || statements_.try_emplace(name, statement).second;
  if (!made) return;
  statements_[name] = std::move(statement);
  parsed_in_step_.emplace_back(name);
}

void PreparedStatements::Bind(absl::string_view portal,
                              absl::string_view statement) {
  portals_[portal] = FindStatement(statement);
}

void PreparedStatements::CloseStatement(absl::string_view name) {
  statements_.erase(name);
}

void PreparedStatements::ClosePortal(absl::string_view name) {
  portals_.erase(name);
}

StatementRef PreparedStatements::FindStatement(absl::string_view name) const {
  return Find(statements_, name);
}

StatementRef PreparedStatements::FindPortal(absl::string_view name) const {
  return Find(portals_, name);
}

void PreparedStatements::EndStep(bool failed) {
  if (failed) {
    for (const std::string& name : parsed_in_step_) statements_.erase(name);
  }
  parsed_in_step_.clear();
}

}  // namespace dsql
