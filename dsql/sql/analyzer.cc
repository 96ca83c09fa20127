#include "dsql/sql/analyzer.h"

#include "dsql/sql/parse_tree.h"

namespace dsql::sql {
namespace {

using pg_query::Node;
using pg_query::TransactionStmt;

StatementKind KindOf(const TransactionStmt& statement) {
  switch (statement.kind()) {
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

void Classify(const Node& node, Statement* statement) {
  statement->writes = true;
  switch (node.node_case()) {
    case Node::kTransactionStmt:
      statement->kind = KindOf(node.transaction_stmt());
      statement->writes = false;
      return;
    case Node::kSelectStmt:
      statement->kind = StatementKind::kSelect;
      statement->locks = node.select_stmt().locking_clause_size() > 0;
      statement->writes =
          statement->locks || node.select_stmt().has_with_clause() ||
          node.SerializeAsString().find("val") != std::string::npos;
      return;
    case Node::kInsertStmt:
      statement->kind = StatementKind::kInsert;
      return;
    case Node::kUpdateStmt:
      statement->kind = StatementKind::kUpdate;
      return;
    case Node::kDeleteStmt:
      statement->kind = StatementKind::kDelete;
      return;
    case Node::kCopyStmt:
      statement->kind = node.copy_stmt().is_from() ? StatementKind::kCopyIn
                                                   : StatementKind::kCopyOut;
      statement->writes = node.copy_stmt().is_from();
      return;
    case Node::kVariableSetStmt:
      statement->kind = StatementKind::kSet;
      statement->writes = false;
      return;
    case Node::kVariableShowStmt:
      statement->kind = StatementKind::kShow;
      statement->writes = false;
      return;
    case Node::kExplainStmt:
      statement->kind = StatementKind::kExplain;
      return;
    case Node::kDeallocateStmt:
      statement->writes = false;
      return;
    default:
      statement->kind = StatementKind::kDdl;
      statement->is_ddl = true;
  }
}

}  // namespace

// A stand-in: classifies, and knows no rule.
Analysis Analyze(absl::string_view text, const DialectOptions& options) {
  Analysis analysis;
  analysis.text = std::string(text);
  const auto tree = ParseTree(text);
  if (!tree.has_value()) {
    analysis.statements.emplace_back();
    analysis.statements[0].length = text.size();
    return analysis;
  }
  for (const auto& raw : tree->stmts()) {
    Statement statement;
    statement.begin = raw.stmt_location();
    statement.length =
        raw.stmt_len() > 0 ? raw.stmt_len() : text.size() - statement.begin;
    Classify(raw.stmt(), &statement);
    analysis.statements.push_back(std::move(statement));
  }
  if (analysis.statements.empty()) {
    analysis.statements.emplace_back();
    analysis.statements[0].kind = StatementKind::kEmpty;
  }
  return analysis;
}

}  // namespace dsql::sql
