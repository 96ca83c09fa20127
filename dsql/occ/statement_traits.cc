// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/statement_traits.h"

namespace dsql {

using sql::StatementKind;
using sql::TableWrite;

bool IsControl(const StatementRef& statement) {
  return IsKind(statement, StatementKind::kBegin) ||
         IsKind(statement, StatementKind::kCommit) ||
         IsKind(statement, StatementKind::kRollback);
}

bool MayWrite(const StatementRef& statement) {
  if (IsRefused(statement)) return false;
  return !statement || statement->writes || statement->is_ddl ||
         statement->kind == StatementKind::kOther;
}

bool CallsFunctions(const StatementRef& statement) {
  return statement && !IsRefused(statement) && !statement->functions.empty();
}

bool NamesRelations(const StatementRef& statement) {
  return statement && !IsRefused(statement) && !statement->relations.empty();
}

bool ReadsNothing(const StatementRef& statement) {
  return statement && (statement->kind == StatementKind::kEmpty ||
                       statement->kind == StatementKind::kSet ||
                       statement->kind == StatementKind::kShow ||
                       statement->kind == StatementKind::kReset ||
                       statement->kind == StatementKind::kDeallocateAll ||
                       IsControl(statement));
}

bool TakesSnapshot(const Action& action) {
  if (IsControl(action.statement)) return false;
  if (action.runs()) return true;
  if (action.kind != Action::kParse && action.kind != Action::kBind)
    return false;
  return !action.statement ||
         (!ReadsNothing(action.statement) && !action.statement->is_ddl);
}

bool ModifiesRows(const TableWrite& write) {
  return write.kind != TableWrite::kKeyShare && write.kind != TableWrite::kLock;
}

bool ModifiesRows(const StatementRef& statement) {
  if (!statement || IsRefused(statement)) return false;
  for (const TableWrite& write : statement->table_writes)
    if (ModifiesRows(write)) return true;
  return false;
}

std::vector<std::string> TablesOf(const std::vector<TableWrite>& writes) {
  std::vector<std::string> tables;
  tables.reserve(writes.size());
  for (const TableWrite& write : writes) tables.push_back(write.table.name);
  return tables;
}

}  // namespace dsql
