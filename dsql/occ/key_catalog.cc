#include "dsql/occ/key_catalog.h"

namespace dsql {

using sql::TableWrite;

void KeyCatalog::Add(const std::string& table, const std::string& column,
                     const std::string& neighbour) {
  tables_[table].columns.insert(column);
  tables_[table].neighbours.insert(neighbour);
}

bool KeyCatalog::SetsKey(const TableWrite& write) const {
  const auto found = tables_.find(write.table.name);
  if (found == tables_.end()) return false;
  const std::set<std::string>& keys = found->second.columns;
  // An expression is a key.
  if (keys.count("*") != 0) return true;
  for (const std::string& column : write.columns)
    if (keys.count(column) != 0) return true;
  return false;
}

bool KeyCatalog::AddsKeys(const TableWrite& write) const {
  if (write.kind == TableWrite::kUpdate) return SetsKey(write);
  // One that deletes a parent asks for its children.
  return (write.kind == TableWrite::kInsert ||
          write.kind == TableWrite::kDelete) &&
         tables_.count(write.table.name) != 0;
}

bool KeyCatalog::RemovesKeys(const TableWrite& write) const {
  if (write.kind == TableWrite::kUpdate) return SetsKey(write);
  return write.kind == TableWrite::kDelete;
}

std::set<std::string> KeyCatalog::Neighbours(const std::string& table) const {
  std::set<std::string> reached;
  std::vector<std::string> waiting = {table};
  while (!waiting.empty()) {
    const std::string name = waiting.back();
    waiting.pop_back();
    if (!reached.insert(name).second) continue;
    const auto found = tables_.find(name);
    if (found == tables_.end()) continue;
    waiting.insert(waiting.end(), found->second.neighbours.begin(),
                   found->second.neighbours.end());
  }
  return reached;
}

}  // namespace dsql
