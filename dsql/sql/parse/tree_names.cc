// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/tree_names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "pg_query.pb.h"

namespace dsql::sql {

using pg_query::Node;

std::string JoinName(const NodeList& names) {
  return absl::StrJoin(names, ".", [](std::string* out, const Node& node) {
    out->append(node.string().sval());
  });
}

std::string LastName(const NodeList& names) {
  return names.empty() ? "" : names.Get(names.size() - 1).string().sval();
}

std::string SchemaOf(const NodeList& names) {
  return names.size() < 2 ? "" : names.Get(names.size() - 2).string().sval();
}

bool IsTrueOption(const pg_query::DefElem& option) {
  if (!option.has_arg()) return true;
  const std::string value = absl::AsciiStrToLower(ConstantText(option.arg()));
  return value == "true" || value == "on" || value == "1";
}

std::string ConstantText(const Node& node) {
  switch (node.node_case()) {
    case Node::kString:
      return node.string().sval();
    case Node::kInteger:
      return absl::StrCat(node.integer().ival());
    case Node::kFloat:
      return node.float_().fval();
    case Node::kBoolean:
      return node.boolean().boolval() ? "true" : "false";
    case Node::kTypeName:
      return LastName(node.type_name().names());
    case Node::kList:
      return node.list().items().empty() ? ""
                                         : ConstantText(node.list().items(0));
    case Node::kTypeCast:
      return ConstantText(node.type_cast().arg());
    case Node::kAConst:
      break;
    default:
      return "";
  }
  const pg_query::A_Const& constant = node.a_const();
  switch (constant.val_case()) {
    case pg_query::A_Const::kIval:
      return absl::StrCat(constant.ival().ival());
    case pg_query::A_Const::kFval:
      return constant.fval().fval();
    case pg_query::A_Const::kBoolval:
      return constant.boolval().boolval() ? "true" : "false";
    case pg_query::A_Const::kSval:
      return constant.sval().sval();
    default:
      return "";
  }
}

const std::string& NameInQuery(const pg_query::RangeVar& relation) {
  return relation.has_alias() ? relation.alias().aliasname()
                              : relation.relname();
}

std::string QuoteName(const std::string& name) {
  return absl::StrCat("\"", absl::StrReplaceAll(name, {{"\"", "\"\""}}), "\"");
}

std::string QuoteLiteral(const std::string& text) {
  const std::string doubled = absl::StrReplaceAll(text, {{"'", "''"}});
  if (!absl::StrContains(text, '\\')) return absl::StrCat("'", doubled, "'");
  return absl::StrCat("E'", absl::StrReplaceAll(doubled, {{"\\", "\\\\"}}),
                      "'");
}

}  // namespace dsql::sql
