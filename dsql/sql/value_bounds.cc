// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/value_bounds.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;
using pg_query::Node;

// Their results are small, whatever they are given.
constexpr const char* kSmall[] = {
    "abs",
    "age",
    "ceil",
    "ceiling",
    "char_length",
    "clock_timestamp",
    "currval",
    "date_part",
    "date_trunc",
    "extract",
    "floor",
    "gen_random_uuid",
    "lastval",
    "length",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "mod",
    "nextval",
    "now",
    "octet_length",
    "random",
    "round",
    "sha256",
    "sign",
    "statement_timestamp",
    "timezone",
    "to_date",
    "to_number",
    "to_timestamp",
    "transaction_timestamp",
    "trunc",
};

// Their results are hardly larger than what they are given.
constexpr const char* kNotLarger[] = {
    "btrim",   "decode", "initcap", "left",      "lower",   "ltrim",    "right",
    "reverse", "rtrim",  "substr",  "substring", "to_json", "to_jsonb", "upper",
};

template <size_t size>
bool IsOneOf(const std::string& name, const char* const (&names)[size]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool IsBounded(const Node& node);

bool AreBounded(const NodeList& nodes) {
  return std::all_of(nodes.begin(), nodes.end(), IsBounded);
}

// A row that was proposed has what the statement says.
bool IsProposed(const NodeList& fields) {
  return fields.size() == 2 && fields[0].string().sval() == "excluded";
}

bool IsCallBounded(const pg_query::FuncCall& call) {
  const std::string schema = SchemaOf(call.funcname());
  if (!schema.empty() && schema != "pg_catalog") return false;
  const std::string name = LastName(call.funcname());
  return IsOneOf(name, kSmall) ||
         (IsOneOf(name, kNotLarger) && AreBounded(call.args()));
}

bool IsOperatorBounded(const pg_query::A_Expr& expression) {
  const auto is_operand = [](const Node& node) {
    return node.node_case() == Node::NODE_NOT_SET || node.has_column_ref() ||
           IsBounded(node);
  };
  if (expression.kind() == pg_query::AEXPR_NULLIF) {
    return IsBounded(expression.lexpr());
  }
  // All others compare.
  if (expression.kind() != pg_query::AEXPR_OP) return true;
  const std::string name = LastName(expression.name());
  if (name == "=" || name == "<>" || name == "<" || name == ">" ||
      name == "<=" || name == ">=") {
    return true;
  }
  // Numbers and times, and what is taken away from jsonb.
  return (name == "+" || name == "-" || name == "*" || name == "/" ||
          name == "%") &&
         is_operand(expression.lexpr()) && is_operand(expression.rexpr());
}

bool IsCaseBounded(const pg_query::CaseExpr& expression) {
  if (expression.has_defresult() && !IsBounded(expression.defresult())) {
    return false;
  }
  return std::all_of(
      expression.args().begin(), expression.args().end(),
      [](const Node& when) { return IsBounded(when.case_when().result()); });
}

bool IsBounded(const Node& node) {
  switch (node.node_case()) {
    case Node::kAConst:
    case Node::kParamRef:
    case Node::kSetToDefault:
    case Node::kSqlvalueFunction:
    case Node::kBoolExpr:
    case Node::kNullTest:
    case Node::kBooleanTest:
      return true;
    case Node::kColumnRef:
      return IsProposed(node.column_ref().fields());
    case Node::kTypeCast:
      return IsBounded(node.type_cast().arg());
    case Node::kCollateClause:
      return IsBounded(node.collate_clause().arg());
    case Node::kAExpr:
      return IsOperatorBounded(node.a_expr());
    case Node::kFuncCall:
      return IsCallBounded(node.func_call());
    case Node::kCoalesceExpr:
      return AreBounded(node.coalesce_expr().args());
    case Node::kMinMaxExpr:
      return AreBounded(node.min_max_expr().args());
    case Node::kCaseExpr:
      return IsCaseBounded(node.case_expr());
    case Node::kRowExpr:
      return AreBounded(node.row_expr().args());
    case Node::kMultiAssignRef:
      return IsBounded(node.multi_assign_ref().source());
    default:
      return false;
  }
}

bool AreTargetsBounded(const NodeList& targets) {
  return std::all_of(targets.begin(), targets.end(), [](const Node& target) {
    return IsBounded(target.res_target().val());
  });
}

// The columns of a row that was proposed.
std::set<std::string> ProposedColumns(const Node& expression) {
  std::set<std::string> columns;
  Walk(expression, [&](const Message& message, const Ancestors&) {
    const auto* column = As<pg_query::ColumnRef>(message);
    if (column != nullptr && IsProposed(column->fields()))
      columns.insert(LastName(column->fields()));
    return true;
  });
  return columns;
}

// Whether a value that was proposed goes into more than one column.
bool AreProposedTwice(const NodeList& targets) {
  std::set<std::string> seen;
  for (const Node& target : targets)
    for (const std::string& column : ProposedColumns(target.res_target().val()))
      if (!seen.insert(column).second) return true;
  return false;
}

bool IsInsertBounded(const pg_query::InsertStmt& insert) {
  const NodeList& updates = insert.on_conflict_clause().target_list();
  if (!AreTargetsBounded(updates) || AreProposedTwice(updates)) return false;
  // DEFAULT VALUES.
  if (!insert.has_select_stmt()) return true;
  const auto& select = insert.select_stmt().select_stmt();
  return select.values_lists_size() > 0 &&
         std::all_of(
             select.values_lists().begin(), select.values_lists().end(),
             [](const Node& row) { return AreBounded(row.list().items()); });
}

}  // namespace

bool BoundsValues(const Node& statement) {
  // A query of WITH may write as well.
  if (statement.has_insert_stmt()) {
    return !statement.insert_stmt().has_with_clause() &&
           IsInsertBounded(statement.insert_stmt());
  }
  if (statement.has_update_stmt()) {
    return !statement.update_stmt().has_with_clause() &&
           AreTargetsBounded(statement.update_stmt().target_list());
  }
  if (statement.has_delete_stmt()) {
    return !statement.delete_stmt().has_with_clause();
  }
  return statement.has_copy_stmt() && statement.copy_stmt().is_from();
}

bool BoundsValue(absl::string_view expression) {
  const ParsedText tree(absl::StrCat("SELECT ", expression));
  if (!tree.ok() || tree.root().stmts_size() != 1) return false;
  const auto& targets = tree.root().stmts(0).stmt().select_stmt().target_list();
  return targets.size() == 1 && IsBounded(targets[0].res_target().val());
}

}  // namespace dsql::sql
