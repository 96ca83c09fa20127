// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/key_catalog.h"

#include <algorithm>
#include <utility>

#include "dsql/sql/analyzer.h"
#include "dsql/sql/value_bounds.h"

namespace dsql {

using sql::StatementKind;
using sql::TableWrite;

namespace {

// Of a default that is not worth a look.
constexpr size_t kShort = 1000;

// Whether `write` sets one of these columns; "*": an expression is a key, and
// may have another value whatever is set.
bool SetsAny(const std::set<std::string>& columns, const TableWrite& write) {
  return columns.count("*") != 0 ||
         std::any_of(write.columns.begin(), write.columns.end(),
                     [&](const std::string& column) {
                       return columns.count(column) != 0;
                     });
}

}  // namespace

void KeyCatalog::Add(const std::string& table, const std::string& column,
                     const std::string& neighbour) {
  tables_[table].columns.insert(column);
  tables_[table].neighbours.insert(neighbour);
}

void KeyCatalog::AddUniqueKey(const std::string& table, const std::string& key,
                              const std::string& column) {
  unique_[table][key].insert(column);
}

void KeyCatalog::AddView(const std::string& view, const std::string& table) {
  views_[view].insert(table);
}

void KeyCatalog::AddVolatileFunction(const std::string& name,
                                     const std::string& body) {
  sql::DialectOptions options;
  options.enforce = false;
  Function& function = volatile_functions_[name];
  for (const sql::Statement& statement :
       sql::Analyze(body, options).statements) {
    for (const TableWrite& write : statement.table_writes)
      function.writes.push_back(write);
    for (const sql::TableName& call : statement.functions)
      function.calls.push_back(call);
  }
}

void KeyCatalog::AddLargeKeyColumn(const std::string& table,
                                   const std::string& column) {
  large_key_columns_[table].insert(column);
}

void KeyCatalog::AddComputedColumn(const std::string& table,
                                   const std::string& expression) {
  if (expression.size() > kShort || !sql::BoundsValue(expression))
    computing_tables_.insert(table);
}

bool KeyCatalog::SetsLargeKey(const TableWrite& write) const {
  const auto found = large_key_columns_.find(write.table.name);
  if (found == large_key_columns_.end()) return false;
  if (write.kind == TableWrite::kInsert) return true;
  return write.kind == TableWrite::kUpdate && SetsAny(found->second, write);
}

bool KeyCatalog::ComputesLargeValues(const std::string& table) const {
  return computing_tables_.count(table) != 0;
}

std::vector<TableWrite> KeyCatalog::WritesOf(
    const std::vector<sql::TableName>& functions) const {
  std::vector<TableWrite> writes;
  std::set<std::string> seen;
  std::vector<sql::TableName> waiting = functions;
  while (!waiting.empty()) {
    const std::string name = waiting.back().name;
    waiting.pop_back();
    const auto found = volatile_functions_.find(name);
    if (found == volatile_functions_.end() || !seen.insert(name).second)
      continue;
    const Function& function = found->second;
    writes.insert(writes.end(), function.writes.begin(), function.writes.end());
    waiting.insert(waiting.end(), function.calls.begin(), function.calls.end());
  }
  return writes;
}

bool KeyCatalog::MayWrite(const std::vector<sql::TableName>& functions) const {
  for (const sql::TableName& function : functions)
    if (volatile_functions_.count(function.name) != 0) return true;
  return false;
}

std::vector<TableWrite> KeyCatalog::WithoutViews(
    std::vector<TableWrite> writes) const {
  if (views_.empty()) return writes;
  std::vector<TableWrite> result;
  for (TableWrite& write : writes) {
    const auto view = views_.find(write.table.name);
    if (view == views_.end()) {
      result.push_back(std::move(write));
      continue;
    }
    for (const std::string& table : view->second) {
      // Its columns may have other names there, so all may be set.
      TableWrite through = write;
      through.table.name = table;
      through.table.schema.clear();
      const auto keys = tables_.find(table);
      if (write.kind == TableWrite::kUpdate && keys != tables_.end())
        through.columns.assign(keys->second.columns.begin(),
                               keys->second.columns.end());
      result.push_back(std::move(through));
    }
  }
  return result;
}

void KeyCatalog::AddVolatileDefault(const std::string& table) {
  volatile_defaults_.insert(table);
}

void KeyCatalog::AddDeferrable(const std::string& table) {
  deferrable_.insert(table);
}

// Whether at most one row passes it.
bool KeyCatalog::IdentifiesRow(const sql::RowFilter& filter) const {
  const auto found = unique_.find(filter.table.name);
  if (found == unique_.end()) return false;
  const std::vector<std::string>& given = filter.equal_columns;
  const auto is_given = [&](const std::string& column) {
    return std::find(given.begin(), given.end(), column) != given.end();
  };
  return std::any_of(
      found->second.begin(), found->second.end(), [&](const auto& key) {
        return std::all_of(key.second.begin(), key.second.end(), is_given);
      });
}

bool KeyCatalog::NamesItsRows(const sql::Statement& statement) const {
  const std::vector<TableWrite>& writes = statement.table_writes;
  switch (statement.kind) {
    case StatementKind::kInsert:
      return writes.size() == 1 && statement.max_rows.has_value();
    case StatementKind::kUpdate:
    case StatementKind::kDelete: {
      if (writes.size() != 1 || !statement.filter.has_value()) return false;
      const bool cascades =
          RemovesKeys(writes[0]) && Neighbours(writes[0].table.name).size() > 1;
      return !cascades && IdentifiesRow(*statement.filter);
    }
    case StatementKind::kSelect:
      return writes.empty() && statement.filter.has_value() &&
             IdentifiesRow(*statement.filter);
    default:
      return false;
  }
}

bool KeyCatalog::Repeats(const sql::Statement& statement) const {
  if (!statement.functions.empty() || !NamesItsRows(statement)) return false;
  if (statement.kind != StatementKind::kInsert) return true;
  const std::string& table = statement.table_writes[0].table.name;
  return volatile_defaults_.count(table) == 0 && views_.count(table) == 0;
}

bool KeyCatalog::SetsKey(const TableWrite& write) const {
  const auto found = tables_.find(write.table.name);
  return found != tables_.end() && SetsAny(found->second.columns, write);
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
