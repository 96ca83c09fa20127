#include "dsql/sql/rules/rules.h"

#include "dsql/sql/rules/rule_parts.h"

namespace dsql::sql {
namespace {

// What the parser itself runs into.
std::vector<Rule> ParserRules() {
  return {
      {"stack-depth", "54001", "stack depth limit exceeded", "", "5", "", "",
       nullptr, nullptr},
      {"syntax", "42601", "$0", "", "4", "CREATE INDEX ASYNC s.i ON t (a)",
       "CREATE INDEX ASYNC i ON s.t (a)", nullptr, nullptr},
  };
}

}  // namespace

const std::vector<Rule>& Rules() {
  static const std::vector<Rule>* const rules = [] {
    auto* all = new std::vector<Rule>;
    for (auto part :
         {ExpressionRules, StatementRules, FormRules, TransactionRules,
          TableRules, AlterTableRules, IndexRules, SettingRules, ParserRules}) {
      for (const Rule& rule : part()) all->push_back(rule);
    }
    return all;
  }();
  return *rules;
}

}  // namespace dsql::sql
