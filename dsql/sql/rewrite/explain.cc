// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/explain.h"

#include <string>

#include "dsql/sql/parse/tree_names.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

Explain::Format FormatOf(const pg_query::DefElem& option) {
  const std::string name = ConstantText(option.arg());
  if (name == "json") return Explain::kJson;
  if (name == "yaml") return Explain::kYaml;
  if (name == "xml") return Explain::kXml;
  return Explain::kText;
}

}  // namespace

Explain ReadExplain(const pg_query::ExplainStmt& statement) {
  Explain result;
  bool analyzes = false;
  bool is_verbose = false;
  for (const pg_query::Node& node : statement.options()) {
    const pg_query::DefElem& option = node.def_elem();
    if (option.defname() == "analyze") analyzes = IsTrueOption(option);
    if (option.defname() == "verbose") is_verbose = IsTrueOption(option);
    if (option.defname() == "format") result.format = FormatOf(option);
  }
  result.estimates_dpus = analyzes && is_verbose;
  return result;
}

void AskForJson(const pg_query::ExplainStmt& statement, size_t begin,
                Splices* splices) {
  for (const pg_query::Node& node : statement.options()) {
    const pg_query::DefElem& option = node.def_elem();
    if (option.defname() != "format") continue;
    const Explain::Format format = FormatOf(option);
    if (format != Explain::kYaml && format != Explain::kXml) continue;
    const size_t value = splices->TokenAt(option.location() - begin) + 1;
    if (value >= splices->tokens().size()) continue;
    const Token& token = splices->tokens()[value];
    splices->Add(token.begin, token.end - token.begin, "JSON");
  }
}

}  // namespace dsql::sql
