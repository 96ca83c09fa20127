// SPDX-License-Identifier: Apache-2.0

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
      // Where the server is older than what DSQL is, or newer: see
      // DialectOptions::postgres_version.
      {"needs-postgres-16", "0A000",
       "$0 needs PostgreSQL 16, which DSQL is; this server is older",
       "PostgreSQL 16 behind the cluster", "inferred",
       "SELECT JSON_OBJECT('a' VALUE 1)", "SELECT json_build_object('a', 1)",
       nullptr, nullptr},
      {"function-of-postgres-17", "42883", "function $0 does not exist", "",
       "8", "SELECT JSON_VALUE('{}', '$')", "SELECT JSON_OBJECT('a' VALUE 1)",
       nullptr, nullptr},
  };
}

}  // namespace

const std::vector<Rule>& Rules() {
  static const std::vector<Rule>* const rules = [] {
    auto* all = new std::vector<Rule>;
    for (auto part :
         {ExpressionRules, StatementRules, FormRules, PrivilegeRules,
          TransactionRules, TableRules, SequenceRules, AlterTableRules,
          IndexRules, SettingRules, ParserRules}) {
      for (const Rule& rule : part()) all->push_back(rule);
    }
    return all;
  }();
  return *rules;
}

}  // namespace dsql::sql
