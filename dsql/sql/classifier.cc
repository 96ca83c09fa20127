// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/classifier.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/ddl.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "dsql/sql/table_writes.h"
#include "dsql/sql/value_bounds.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;
using pg_query::Node;

StatementKind KindOfTransactionStatement(pg_query::TransactionStmtKind kind) {
  switch (kind) {
    case pg_query::TRANS_STMT_BEGIN:
    case pg_query::TRANS_STMT_START:
      return StatementKind::kBegin;
    case pg_query::TRANS_STMT_COMMIT:
      return StatementKind::kCommit;
    case pg_query::TRANS_STMT_ROLLBACK:
      return StatementKind::kRollback;
    default:
      return StatementKind::kOther;
  }
}

StatementKind KindOfSet(pg_query::VariableSetKind kind) {
  return kind == pg_query::VAR_RESET || kind == pg_query::VAR_RESET_ALL
             ? StatementKind::kReset
             : StatementKind::kSet;
}

StatementKind KindOf(const Node& node) {
  if (IsDdl(node)) return StatementKind::kDdl;
  switch (node.node_case()) {
    case Node::kSelectStmt:
      return StatementKind::kSelect;
    case Node::kInsertStmt:
      return StatementKind::kInsert;
    case Node::kUpdateStmt:
      return StatementKind::kUpdate;
    case Node::kDeleteStmt:
      return StatementKind::kDelete;
    case Node::kCopyStmt:
      return node.copy_stmt().is_from() ? StatementKind::kCopyIn
                                        : StatementKind::kCopyOut;
    case Node::kTransactionStmt:
      return KindOfTransactionStatement(node.transaction_stmt().kind());
    case Node::kVariableSetStmt:
      return KindOfSet(node.variable_set_stmt().kind());
    case Node::kVariableShowStmt:
      return StatementKind::kShow;
    case Node::kCallStmt:
      return StatementKind::kCall;
    case Node::kExplainStmt:
      return StatementKind::kExplain;
    case Node::kDeallocateStmt:
      return node.deallocate_stmt().name().empty()
                 ? StatementKind::kDeallocateAll
                 : StatementKind::kOther;
    case Node::kDiscardStmt:
      return node.discard_stmt().target() == pg_query::DISCARD_ALL
                 ? StatementKind::kDeallocateAll
                 : StatementKind::kOther;
    case Node::kVacuumStmt:
      return node.vacuum_stmt().is_vacuumcmd() ? StatementKind::kOther
                                               : StatementKind::kAnalyze;
    default:
      return StatementKind::kOther;
  }
}

std::string NameOf(const Node& node) {
  switch (node.node_case()) {
    case Node::kVariableSetStmt: {
      const auto& set = node.variable_set_stmt();
      return set.kind() == pg_query::VAR_RESET_ALL ? "all" : set.name();
    }
    case Node::kVariableShowStmt:
      return node.variable_show_stmt().name();
    case Node::kCallStmt:
      return JoinName(node.call_stmt().funccall().funcname());
    default:
      return "";
  }
}

// EXPLAIN runs its statement only then.
bool Analyzes(const pg_query::ExplainStmt& explain) {
  bool analyzes = false;
  for (const Node& option : explain.options()) {
    if (option.def_elem().defname() == "analyze") {
      analyzes = IsTrueOption(option.def_elem());
    }
  }
  return analyzes;
}

// Whether running the statement evaluates what is written in it.
bool RunsItsParts(const Node& node) {
  switch (node.node_case()) {
    case Node::kSelectStmt:
    case Node::kInsertStmt:
    case Node::kUpdateStmt:
    case Node::kDeleteStmt:
    case Node::kMergeStmt:
    case Node::kCopyStmt:
    case Node::kCallStmt:
    case Node::kCreateTableAsStmt:
      return true;
    case Node::kExplainStmt:
      return Analyzes(node.explain_stmt());
    default:
      return false;
  }
}

// Adds a name that may be a user's, once.
void Note(const std::string& schema, const std::string& name,
          std::vector<TableName>* names) {
  if (schema == "pg_catalog" || schema == "information_schema") return;
  for (const TableName& known : *names) {
    if (known.schema == schema && known.name == name) return;
  }
  names->push_back({schema, name});
}

// The literal that is the first argument.
std::string SequenceOf(const pg_query::FuncCall& call) {
  if (call.args_size() == 0) return "";
  const Node* argument = &call.args(0);
  while (argument->has_type_cast()) argument = &argument->type_cast().arg();
  return argument->a_const().sval().sval();
}

bool IsModifyingQuery(const Message& message) {
  return As<pg_query::InsertStmt>(message) != nullptr ||
         As<pg_query::UpdateStmt>(message) != nullptr ||
         As<pg_query::DeleteStmt>(message) != nullptr ||
         As<pg_query::MergeStmt>(message) != nullptr;
}

void NoteWrites(const Message& message, const Ancestors& ancestors,
                Statement* statement) {
  AddTableWrites(message, ancestors, &statement->table_writes);
  if (IsModifyingQuery(message)) ++statement->modifying_queries;
  if (As<pg_query::MergeStmt>(message) != nullptr) {
    statement->writes = true;
  } else if (As<pg_query::LockingClause>(message) != nullptr) {
    statement->writes = statement->locks = true;
  } else if (const auto* call = As<pg_query::FuncCall>(message)) {
    const std::string name = LastName(call->funcname());
    Note(SchemaOf(call->funcname()), name, &statement->functions);
    if (name == "nextval" || name == "setval") {
      statement->writes = true;
      statement->moved_sequences.push_back(SequenceOf(*call));
    }
    if (name == "currval" || name == "lastval")
      statement->read_sequences.push_back(SequenceOf(*call));
  } else if (const auto* relation = As<pg_query::RangeVar>(message)) {
    Note(relation->schemaname(), relation->relname(), &statement->relations);
  }
}

void NoteJobs(const Message& message, Statement* statement) {
  if (const auto* relation = As<pg_query::RangeVar>(message)) {
    if (relation->schemaname() == "sys" && relation->relname() == "jobs") {
      statement->reads_jobs = true;
    }
  } else if (const auto* call = As<pg_query::FuncCall>(message)) {
    if (JoinName(call->funcname()) == "sys.wait_for_job") {
      statement->reads_jobs = true;
    }
  }
}

// How often each parameter occurs.
class ParameterUses {
 public:
  void Note(const Message& message) {
    const auto* parameter = As<pg_query::ParamRef>(message);
    if (parameter != nullptr)
      most_ = std::max(most_, ++uses_[parameter->number()]);
  }
  int most() const { return most_; }

 private:
  std::map<int, int> uses_;
  int most_ = 1;
};

// The rows of VALUES; nullopt where other statements within write as well, or
// the rows come from elsewhere.
absl::optional<int64_t> MaxRows(const Node& node, const Statement& statement) {
  if (!node.has_insert_stmt()) return absl::nullopt;
  const bool updates = node.insert_stmt().on_conflict_clause().action() ==
                       pg_query::ONCONFLICT_UPDATE;
  if (statement.table_writes.size() != (updates ? 2 : 1)) return absl::nullopt;
  const auto& insert = node.insert_stmt();
  // DEFAULT VALUES.
  if (!insert.has_select_stmt()) return 1;
  const auto& select = insert.select_stmt().select_stmt();
  if (select.values_lists_size() == 0) return absl::nullopt;
  return select.values_lists_size();
}

std::vector<std::string> SetConstraints(const Node& node) {
  std::vector<std::string> names;
  if (!node.has_constraints_set_stmt()) return names;
  for (const Node& constraint : node.constraints_set_stmt().constraints()) {
    const auto& name = constraint.range_var();
    names.push_back(absl::StrCat(name.schemaname(), ".", name.relname()));
  }
  if (names.empty()) names.push_back("*");
  return names;
}

}  // namespace

void Classify(const Node& node, Statement* statement) {
  statement->kind = KindOf(node);
  statement->is_ddl = IsDdl(node);
  statement->name = NameOf(node);
  const bool runs = RunsItsParts(node);
  ParameterUses parameters;
  Walk(node, [&](const Message& message, const Ancestors& ancestors) {
    parameters.Note(message);
    if (runs) NoteWrites(message, ancestors, statement);
    NoteJobs(message, statement);
    return true;
  });
  if (!statement->table_writes.empty()) statement->writes = true;
  if (statement->table_writes.size() <= 1) {
    statement->filter = FindRowFilter(node);
  }
  statement->set_constraints = SetConstraints(node);
  statement->max_rows = MaxRows(node, *statement);
  statement->bounds_values = BoundsValues(node);
  statement->parameter_uses = parameters.most();
}

}  // namespace dsql::sql
