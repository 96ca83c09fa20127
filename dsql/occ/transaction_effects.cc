// SPDX-License-Identifier: Apache-2.0

// Transaction: what a statement does.

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/occ/statement_traits.h"
#include "dsql/occ/transaction.h"

namespace dsql {
namespace {

using sql::StatementKind;
using sql::TableWrite;

// Whether the tag says how many rows were modified, by writes to `keys`'
// tables.
bool TagTellsRows(const sql::Statement& statement, const KeyCatalog& keys) {
  if (statement.kind == StatementKind::kSelect ||
      statement.kind == StatementKind::kCopyOut ||
      statement.kind == StatementKind::kExplain)
    return false;
  if (statement.modifying_queries > 1) return false;
  const std::string& table = statement.table_writes[0].table.name;
  for (const TableWrite& write : statement.table_writes) {
    // A row that is locked is counted with those that are modified.
    if (write.table.name != table) return false;
    // Referential actions.
    if (keys.Cascades(write)) return false;
  }
  return true;
}

// Whether a tag tells but the rows of the last part. Only rows that are
// returned are told in parts, whatever the limit.
bool IsReadInParts(const Unit& unit) {
  return (LimitsRows(unit) || RunsOldPortal(unit)) &&
         absl::StrContains(absl::AsciiStrToUpper(RequestText(unit.statement())),
                           "RETURNING");
}

}  // namespace

bool Transaction::NeedsKeys(const StatementRef& statement) {
  return CallsFunctions(statement) || NamesRelations(statement) ||
         ModifiesRows(statement);
}

Transaction::Effects Transaction::EffectsOf(const Unit& unit, size_t copy_size,
                                            const KeyCatalog* keys) {
  const StatementRef statement = unit.statement();
  Effects effects;
  effects.may_write = dsql::MayWrite(statement);
  if (!statement || IsRefused(statement)) return effects;
  effects.writes = std::shared_ptr<const Writes>(statement.analysis,
                                                 &statement->table_writes);
  effects.modifies_rows = ModifiesRows(statement);
  effects.inserts = IsKind(statement, StatementKind::kInsert);
  if (!NeedsKeys(statement)) return effects;
  KeyCatalog::HiddenEffects hidden = keys->HiddenEffectsOf(*statement);
  Writes& of_functions = hidden.writes;
  if (effects.modifies_rows) {
    effects.tag_tells_rows = of_functions.empty() && !IsReadInParts(unit) &&
                             TagTellsRows(*statement, *keys);
    effects.value_bytes = ValueBytes(unit) + copy_size;
    effects.bounds_values = statement->bounds_values && of_functions.empty();
    keys->ForEachTable(*effects.writes, [&](const TableWrite& write) {
      effects.sets_large_key |= keys->SetsLargeKey(write);
      effects.bounds_values &= !keys->ComputesLargeValues(write.table.name);
    });
  }
  effects.repeats = keys->Repeats(*statement);
  effects.sequences = std::move(hidden.sequences);
  if (hidden.may_write) effects.may_write = true;
  if (of_functions.empty()) return effects;
  effects.modifies_rows = true;
  effects.tag_tells_rows = false;
  keys->ForEachTable(of_functions, [&](const TableWrite& write) {
    effects.sets_large_key |= keys->SetsLargeKey(write);
  });
  of_functions.insert(of_functions.begin(), effects.writes->begin(),
                      effects.writes->end());
  effects.writes = std::make_shared<const Writes>(std::move(of_functions));
  return effects;
}

Transaction::Effects Transaction::EffectsHere(const Unit& unit,
                                              size_t copy_size,
                                              const KeyCatalog* keys) const {
  Effects effects = EffectsOf(unit, copy_size, keys);
  // A portal that writes is undone with what it wrote, and has to be made again
  // with it.
  effects.may_write |=
      state_.is<TransactionState::Reading>() && BindsWrite(unit);
  const auto portal = OldPortalOf(unit);
  if (!portal.has_value()) return effects;
  if (record_.log.Binds(*portal)) {
    effects.portal = Effects::Portal::kLogged;
  } else {
    effects.portal = effects.may_write ? Effects::Portal::kEarlyWrite
                                       : Effects::Portal::kEarlyRead;
  }
  return effects;
}

}  // namespace dsql
