// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/key_catalog.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
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

// `table`, and what `next` leads to from it.
template <typename Next>
std::set<std::string> Reached(const std::string& table, const Next& next) {
  std::set<std::string> reached;
  std::vector<std::string> waiting = {table};
  while (!waiting.empty()) {
    const std::string name = std::move(waiting.back());
    waiting.pop_back();
    if (!reached.insert(name).second) continue;
    const std::set<std::string>* const names = next(name);
    if (names != nullptr) absl::c_copy(*names, std::back_inserter(waiting));
  }
  return reached;
}

}  // namespace

void KeyCatalog::Add(const std::string& table, const std::string& column,
                     const std::string& neighbour) {
  tables_[table].columns.insert(column);
  tables_[table].neighbours.insert(neighbour);
}

void KeyCatalog::AddBase(const std::string& table, const std::string& column,
                         const std::string& base) {
  const auto add = [&](std::set<std::string>* columns) {
    if (columns->count(column) != 0) columns->insert(base);
  };
  const auto found = tables_.find(table);
  if (found != tables_.end()) add(&found->second.columns);
  for (Columns* const all : {&referenced_, &large_key_columns_}) {
    const auto of_table = all->find(table);
    if (of_table != all->end()) add(&of_table->second);
  }
}

void KeyCatalog::AddChild(const std::string& table, const std::string& column,
                          const std::string& child, bool cascades) {
  referenced_[table].insert(column);
  if (cascades) children_[table].insert(child);
}

void KeyCatalog::AddUniqueKey(const std::string& table, const std::string& key,
                              const std::string& column) {
  unique_[table][key].insert(column);
}

void KeyCatalog::AddView(const std::string& view, const std::string& table) {
  views_[view].insert(table);
}

void KeyCatalog::AddFunction(const std::string& name, const std::string& body,
                             bool is_volatile) {
  sql::DialectOptions options;
  options.enforce = false;
  Function& function = functions_[name];
  function.is_volatile |= is_volatile;
  absl::c_move(sql::Analyze(body, options).statements,
               std::back_inserter(function.statements));
}

void KeyCatalog::AddViewFunction(const std::string& view,
                                 const std::string& function) {
  view_functions_[view].push_back(function);
}

void KeyCatalog::AddTableFunction(const std::string& table,
                                  const std::string& function) {
  table_functions_[table].push_back(function);
}

void KeyCatalog::AddViewLock(const std::string& view,
                             const std::string& table) {
  view_locks_[view].insert(table);
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

void KeyCatalog::AddCalls(const sql::Statement& statement,
                          HiddenEffects* effects,
                          std::vector<const std::string*>* names) const {
  const auto add = [&](const auto& functions, const std::string& relation) {
    const auto found = functions.find(relation);
    if (found == functions.end()) return;
    for (const std::string& name : found->second) names->push_back(&name);
  };
  for (const sql::TableName& function : statement.functions)
    names->push_back(&function.name);
  for (const sql::TableName& relation : statement.relations) {
    add(view_functions_, relation.name);
    const auto locks = view_locks_.find(relation.name);
    if (locks == view_locks_.end()) continue;
    effects->may_write = true;
    for (const std::string& table : locks->second)
      effects->writes.push_back({TableWrite::kLock, {"", table}, {}});
  }
  SequenceUse& all = effects->sequences;
  ForEachTable(statement.table_writes, [&](const TableWrite& write) {
    if (write.kind != TableWrite::kInsert && write.kind != TableWrite::kUpdate)
      return;
    add(table_functions_, write.table.name);
    all.may_move |= volatile_defaults_.count(write.table.name) != 0;
  });
  all.may_move |= !statement.moved_sequences.empty();
  absl::c_copy(statement.moved_sequences, std::back_inserter(all.moved));
  absl::c_copy(statement.read_sequences, std::back_inserter(all.read));
}

KeyCatalog::HiddenEffects KeyCatalog::HiddenEffectsOf(
    const sql::Statement& statement) const {
  HiddenEffects effects;
  std::vector<const std::string*> waiting;
  AddCalls(statement, &effects, &waiting);
  if (functions_.empty()) return effects;
  std::set<std::string> seen;
  while (!waiting.empty()) {
    const std::string& name = *waiting.back();
    waiting.pop_back();
    const auto found = functions_.find(name);
    if (found == functions_.end() || !seen.insert(name).second) continue;
    effects.may_write |= found->second.is_volatile;
    for (const sql::Statement& part : found->second.statements) {
      absl::c_copy(part.table_writes, std::back_inserter(effects.writes));
      AddCalls(part, &effects, &waiting);
    }
  }
  return effects;
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
      return !Cascades(writes[0]) && IdentifiesRow(*statement.filter);
    }
    case StatementKind::kSelect:
      return writes.empty() && statement.filter.has_value() &&
             IdentifiesRow(*statement.filter);
    default:
      return false;
  }
}

bool KeyCatalog::Repeats(const sql::Statement& statement) const {
  if (!statement.functions.empty() || !NamesItsRows(statement) ||
      HiddenEffectsOf(statement).may_write)
    return false;
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

bool KeyCatalog::Cascades(const TableWrite& write) const {
  bool cascades = false;
  ForEachTable({write}, [&](const TableWrite& through) {
    const auto found = referenced_.find(through.table.name);
    if (found == referenced_.end()) return;
    cascades |= through.kind == TableWrite::kDelete ||
                (through.kind == TableWrite::kUpdate &&
                 SetsAny(found->second, through));
  });
  return cascades;
}

std::set<std::string> KeyCatalog::Neighbours(const std::string& table) const {
  return Reached(table, [this](const std::string& name) {
    const auto found = tables_.find(name);
    return found == tables_.end() ? nullptr : &found->second.neighbours;
  });
}

std::set<std::string> KeyCatalog::Descendants(const std::string& table) const {
  return Reached(table, [this](const std::string& name) {
    const auto found = children_.find(name);
    return found == children_.end() ? nullptr : &found->second;
  });
}

}  // namespace dsql
