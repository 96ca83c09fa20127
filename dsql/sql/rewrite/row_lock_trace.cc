#include "dsql/sql/rewrite/row_lock_trace.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/sql/parse/parse_tree.h"

namespace dsql::sql {
namespace {

using pg_query::Node;
using pg_query::SelectStmt;

// What a relation of FROM is called by the rest of the statement.
std::string NameOf(const pg_query::RangeVar& relation) {
  return relation.has_alias() ? relation.alias().aliasname()
                              : relation.relname();
}

// Adds the names of the relations in a FROM item. False where there is anything
// else that rows could be locked in.
bool AddRelations(const Node& item, std::vector<pg_query::RangeVar>* names) {
  if (item.has_range_var()) {
    names->push_back(item.range_var());
    return true;
  }
  if (item.has_join_expr())
    return AddRelations(item.join_expr().larg(), names) &&
           AddRelations(item.join_expr().rarg(), names);
  return item.has_range_function();
}

// The names after OF; empty: all relations are locked.
std::set<std::string> NamesAfterOf(const SelectStmt& select) {
  std::set<std::string> names;
  for (const Node& clause : select.locking_clause())
    for (const Node& relation : clause.locking_clause().locked_rels())
      names.insert(relation.range_var().relname());
  return names;
}

bool LocksForUpdateOnly(const SelectStmt& select) {
  for (const Node& clause : select.locking_clause())
    if (clause.locking_clause().strength() != pg_query::LCS_FORUPDATE)
      return false;
  return select.locking_clause_size() > 0;
}

// The names of the relations whose rows `select` locks; empty where that
// cannot be told.
std::vector<std::string> LockedNames(const SelectStmt& select) {
  std::vector<pg_query::RangeVar> relations;
  for (const Node& item : select.from_clause())
    if (!AddRelations(item, &relations)) return {};
  std::set<std::string> queries;
  for (const Node& query : select.with_clause().ctes())
    queries.insert(query.common_table_expr().ctename());
  const std::set<std::string> chosen = NamesAfterOf(select);
  std::vector<std::string> names;
  for (const pg_query::RangeVar& relation : relations) {
    const std::string name = NameOf(relation);
    const bool is_query =
        relation.schemaname().empty() && queries.count(relation.relname()) != 0;
    if (!is_query && (chosen.empty() || chosen.count(name) != 0))
      names.push_back(name);
  }
  return names;
}

// relation.column AS alias
Node Column(const std::string& relation, const char* column,
            const std::string& alias) {
  Node target;
  target.mutable_res_target()->set_name(alias);
  auto* const ref =
      target.mutable_res_target()->mutable_val()->mutable_column_ref();
  ref->add_fields()->mutable_string()->set_sval(relation);
  ref->add_fields()->mutable_string()->set_sval(column);
  return target;
}

// The locked rows: where they are, as o0, c0, o1, c1 and so on.
SelectStmt LockedRows(const SelectStmt& select,
                      const std::vector<std::string>& names) {
  SelectStmt rows = select;
  rows.clear_target_list();
  rows.clear_locking_clause();
  rows.clear_with_clause();
  for (size_t i = 0; i < names.size(); ++i) {
    *rows.add_target_list() =
        Column(names[i], "tableoid", absl::StrCat("o", i));
    *rows.add_target_list() = Column(names[i], "ctid", absl::StrCat("c", i));
  }
  return rows;
}

// SELECT 1 WHERE (SELECT … FROM (SELECT) AS dsql_locked) >= 0, with an empty
// place for LockedRows().
absl::optional<pg_query::ParseResult> Frame(size_t tables) {
  std::vector<std::string> calls;
  for (size_t i = 0; i < tables; ++i)
    calls.push_back(absl::StrCat("dsql_internal.touch_rows(min(o", i,
                                 "), array_agg(c", i, "))"));
  return ParseTree(absl::StrCat("SELECT 1 WHERE (SELECT ",
                                absl::StrJoin(calls, " + "),
                                " FROM (SELECT) AS dsql_locked) >= 0"));
}

// left AND right
Node Both(Node left, Node right) {
  Node both;
  auto* const expression = both.mutable_bool_expr();
  expression->set_boolop(pg_query::AND_EXPR);
  expression->add_args()->Swap(&left);
  expression->add_args()->Swap(&right);
  return both;
}

// A condition that is true, and touches the rows when it is looked at.
absl::optional<Node> TouchCondition(const SelectStmt& select,
                                    const std::vector<std::string>& names) {
  absl::optional<pg_query::ParseResult> frame = Frame(names.size());
  if (!frame.has_value()) return absl::nullopt;
  Node condition = frame->stmts(0).stmt().select_stmt().where_clause();
  auto* const sum = condition.mutable_a_expr()
                        ->mutable_lexpr()
                        ->mutable_sub_link()
                        ->mutable_subselect()
                        ->mutable_select_stmt();
  *sum->mutable_from_clause(0)
       ->mutable_range_subselect()
       ->mutable_subquery()
       ->mutable_select_stmt() = LockedRows(select, names);
  return condition;
}

}  // namespace

absl::optional<std::string> TraceRowLocks(absl::string_view text) {
  absl::optional<pg_query::ParseResult> tree = ParseTree(text);
  if (!tree.has_value() || tree->stmts_size() != 1 ||
      !tree->stmts(0).stmt().has_select_stmt())
    return absl::nullopt;
  SelectStmt* const select =
      tree->mutable_stmts(0)->mutable_stmt()->mutable_select_stmt();
  if (!LocksForUpdateOnly(*select)) return absl::nullopt;
  const std::vector<std::string> names = LockedNames(*select);
  if (names.empty()) return absl::nullopt;
  absl::optional<Node> condition = TouchCondition(*select, names);
  if (!condition.has_value()) return absl::nullopt;
  if (select->has_where_clause())
    condition = Both(select->where_clause(), *std::move(condition));
  *select->mutable_where_clause() = *std::move(condition);
  select->clear_locking_clause();
  return Deparse(*tree);
}

}  // namespace dsql::sql
