// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/table_writes.h"

#include <set>

#include "dsql/sql/parse/tree_names.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;
using pg_query::Node;
using pg_query::RangeVar;
using pg_query::SelectStmt;
using Names = std::set<std::string>;

TableWrite* Add(TableWrite::Kind kind, const RangeVar& relation,
                std::vector<TableWrite>* writes) {
  writes->push_back({kind, {relation.schemaname(), relation.relname()}, {}});
  return &writes->back();
}

void AddUpdate(const RangeVar& relation, const NodeList& targets,
               std::vector<TableWrite>* writes) {
  TableWrite* const write = Add(TableWrite::kUpdate, relation, writes);
  for (const Node& target : targets) {
    write->columns.push_back(target.res_target().name());
  }
}

void AddInsert(const pg_query::InsertStmt& insert,
               std::vector<TableWrite>* writes) {
  Add(TableWrite::kInsert, insert.relation(), writes);
  const auto& conflict = insert.on_conflict_clause();
  if (conflict.action() == pg_query::ONCONFLICT_UPDATE) {
    AddUpdate(insert.relation(), conflict.target_list(), writes);
  }
}

void AddMerge(const pg_query::MergeStmt& merge,
              std::vector<TableWrite>* writes) {
  for (const Node& node : merge.merge_when_clauses()) {
    const auto& clause = node.merge_when_clause();
    if (clause.command_type() == pg_query::CMD_INSERT) {
      Add(TableWrite::kInsert, merge.relation(), writes);
    } else if (clause.command_type() == pg_query::CMD_UPDATE) {
      AddUpdate(merge.relation(), clause.target_list(), writes);
    } else if (clause.command_type() == pg_query::CMD_DELETE) {
      Add(TableWrite::kDelete, merge.relation(), writes);
    }
  }
}

// The queries of WITH that a part of `message` may name: `part`, where it is
// one of these, only those in front of it, unless they are RECURSIVE. What else
// has its name is a table.
void AddQueriesOf(const Message& message, const Message* part, Names* names) {
  const pg_query::WithClause* with = nullptr;
  if (const auto* select = As<SelectStmt>(message)) {
    with = &select->with_clause();
  } else if (const auto* insert = As<pg_query::InsertStmt>(message)) {
    with = &insert->with_clause();
  } else if (const auto* update = As<pg_query::UpdateStmt>(message)) {
    with = &update->with_clause();
  } else if (const auto* deletion = As<pg_query::DeleteStmt>(message)) {
    with = &deletion->with_clause();
  } else if (const auto* merge = As<pg_query::MergeStmt>(message)) {
    with = &merge->with_clause();
  }
  if (with == nullptr) return;
  for (const Node& node : with->ctes()) {
    const pg_query::CommonTableExpr& query = node.common_table_expr();
    if (&query == part && !with->recursive()) break;
    names->insert(query.ctename());
  }
}

void AddQueriesOf(const SelectStmt& select, Names* names) {
  AddQueriesOf(select, nullptr, names);
}

// Those of the outer statements that the innermost may name.
void AddOuterQueries(const Ancestors& ancestors, Names* names) {
  const Message* part = nullptr;
  for (auto outer = ancestors.rbegin(); outer != ancestors.rend(); ++outer) {
    AddQueriesOf(**outer, part, names);
    if (As<pg_query::CommonTableExpr>(**outer) != nullptr) part = *outer;
  }
}

// The locking clauses of a SELECT.
class LockFinder {
 public:
  LockFinder(const SelectStmt& select, const Ancestors& ancestors,
             std::vector<TableWrite>* writes)
      : select_(select), writes_(writes) {
    AddQueriesOf(select, &queries_);
    AddOuterQueries(ancestors, &queries_);
  }

  void Find() {
    for (const Node& node : select_.locking_clause()) {
      const pg_query::LockingClause& clause = node.locking_clause();
      kind_ = clause.strength() == pg_query::LCS_FORKEYSHARE
                  ? TableWrite::kKeyShare
                  : TableWrite::kLock;
      Names chosen;
      for (const Node& relation : clause.locked_rels()) {
        chosen.insert(relation.range_var().relname());
      }
      for (const Node& item : select_.from_clause()) AddItem(item, chosen);
    }
  }

 private:
  // `chosen` is empty where all are.
  void AddItem(const Node& item, const Names& chosen) {
    if (item.has_range_var()) {
      AddRelation(item.range_var(), chosen);
    } else if (item.has_join_expr()) {
      AddItem(item.join_expr().larg(), chosen);
      AddItem(item.join_expr().rarg(), chosen);
    } else if (item.has_range_subselect()) {
      const auto& query = item.range_subselect();
      if (IsChosen(query.alias().aliasname(), chosen)) {
        AddSubquery(query.subquery().select_stmt());
      }
    }
  }

  // The clause goes on into a subquery of FROM.
  void AddSubquery(const SelectStmt& query) {
    const Names outer = queries_;
    AddQueriesOf(query, &queries_);
    for (const Node& item : query.from_clause()) AddItem(item, {});
    queries_ = outer;
  }

  void AddRelation(const RangeVar& relation, const Names& chosen) {
    const bool is_query = relation.schemaname().empty() &&
                          queries_.count(relation.relname()) != 0;
    if (!is_query && IsChosen(NameInQuery(relation), chosen))
      Add(kind_, relation, writes_);
  }

  static bool IsChosen(const std::string& name, const Names& chosen) {
    return chosen.empty() || chosen.count(name) != 0;
  }

  const SelectStmt& select_;
  std::vector<TableWrite>* const writes_;
  Names queries_;
  TableWrite::Kind kind_ = TableWrite::kLock;
};

// A cast to an approximate type makes different values equal.
bool IsApproximate(const pg_query::TypeName& type) {
  const std::string name = LastName(type.names());
  return name == "float4" || name == "float8";
}

bool IsGivenValue(const Node& node) {
  if (node.has_type_cast()) {
    return !IsApproximate(node.type_cast().type_name()) &&
           IsGivenValue(node.type_cast().arg());
  }
  return node.has_a_const() || node.has_param_ref();
}

void AddEqualColumns(const Node& condition, std::vector<std::string>* columns) {
  if (condition.has_bool_expr()) {
    if (condition.bool_expr().boolop() != pg_query::AND_EXPR) return;
    for (const Node& part : condition.bool_expr().args()) {
      AddEqualColumns(part, columns);
    }
    return;
  }
  const pg_query::A_Expr& comparison = condition.a_expr();
  if (!condition.has_a_expr() || comparison.kind() != pg_query::AEXPR_OP ||
      LastName(comparison.name()) != "=") {
    return;
  }
  const Node& left = comparison.lexpr();
  const Node& right = comparison.rexpr();
  const bool is_left = left.has_column_ref() && IsGivenValue(right);
  const bool is_right = right.has_column_ref() && IsGivenValue(left);
  if (!is_left && !is_right) return;
  columns->push_back(LastName((is_left ? left : right).column_ref().fields()));
}

}  // namespace

void AddTableWrites(const Message& message, const Ancestors& ancestors,
                    std::vector<TableWrite>* writes) {
  if (const auto* insert = As<pg_query::InsertStmt>(message)) {
    AddInsert(*insert, writes);
  } else if (const auto* update = As<pg_query::UpdateStmt>(message)) {
    AddUpdate(update->relation(), update->target_list(), writes);
  } else if (const auto* deletion = As<pg_query::DeleteStmt>(message)) {
    Add(TableWrite::kDelete, deletion->relation(), writes);
  } else if (const auto* merge = As<pg_query::MergeStmt>(message)) {
    AddMerge(*merge, writes);
  } else if (const auto* copy = As<pg_query::CopyStmt>(message)) {
    if (copy->is_from()) Add(TableWrite::kInsert, copy->relation(), writes);
  } else if (const auto* select = As<SelectStmt>(message)) {
    if (select->locking_clause_size() > 0) {
      LockFinder(*select, ancestors, writes).Find();
    }
  }
}

absl::optional<RowFilter> FindRowFilter(const Node& node) {
  const pg_query::RangeVar* relation = nullptr;
  const Node* condition = nullptr;
  if (node.has_update_stmt()) {
    const auto& update = node.update_stmt();
    if (!update.from_clause().empty() || update.has_with_clause())
      return absl::nullopt;
    relation = &update.relation();
    condition = &update.where_clause();
  } else if (node.has_delete_stmt()) {
    const auto& deletion = node.delete_stmt();
    if (!deletion.using_clause().empty() || deletion.has_with_clause())
      return absl::nullopt;
    relation = &deletion.relation();
    condition = &deletion.where_clause();
  } else if (node.has_select_stmt()) {
    const auto& select = node.select_stmt();
    if (select.from_clause_size() != 1 || select.has_with_clause() ||
        !select.from_clause(0).has_range_var())
      return absl::nullopt;
    relation = &select.from_clause(0).range_var();
    condition = &select.where_clause();
  }
  if (relation == nullptr) return absl::nullopt;
  RowFilter filter;
  filter.table = {relation->schemaname(), relation->relname()};
  AddEqualColumns(*condition, &filter.equal_columns);
  if (filter.equal_columns.empty()) return absl::nullopt;
  return filter;
}

}  // namespace dsql::sql
