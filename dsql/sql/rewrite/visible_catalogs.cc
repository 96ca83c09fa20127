// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/visible_catalogs.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;
using pg_query::Node;

constexpr absl::string_view kPgCatalog = "pg_catalog";

bool IsSystemColumn(absl::string_view name) {
  return name == "tableoid" || name == "ctid" || name == "xmin" ||
         name == "xmax" || name == "cmin" || name == "cmax";
}

bool MayRead(const Node& node) {
  switch (node.node_case()) {
    case Node::kSelectStmt:
    case Node::kInsertStmt:
    case Node::kUpdateStmt:
    case Node::kDeleteStmt:
    case Node::kExplainStmt:
    case Node::kCopyStmt:
      return true;
    default:
      return false;
  }
}

// Of the relations of a statement, those of FROM and USING are read.
bool IsRead(const pg_query::RangeVar& relation, const Ancestors& ancestors) {
  if (ancestors.empty()) return false;
  const Message& parent = *ancestors.back();
  if (const auto* update = As<pg_query::UpdateStmt>(parent))
    return &update->relation() != &relation;
  if (const auto* del = As<pg_query::DeleteStmt>(parent))
    return &del->relation() != &relation;
  return As<pg_query::SelectStmt>(parent) != nullptr ||
         As<pg_query::JoinExpr>(parent) != nullptr;
}

// Finds what the statement reads, and what decides how that is named.
class CatalogFinder {
 public:
  void Look(const Message& message, const Ancestors& ancestors) {
    if (const auto* relation = As<pg_query::RangeVar>(message)) {
      if (IsCatalog(relation->schemaname(), relation->relname()) &&
          IsRead(*relation, ancestors))
        relations_.push_back(relation);
    } else if (const auto* column = As<pg_query::ColumnRef>(message)) {
      LookAtColumn(*column);
    } else if (const auto* query = As<pg_query::CommonTableExpr>(message)) {
      queries_.insert(query->ctename());
    }
  }

  void Splice(size_t begin, Splices* splices) const {
    bool any = false;
    for (const pg_query::RangeVar* relation : relations_) {
      if (relation->schemaname().empty() &&
          queries_.count(relation->relname()) != 0)
        continue;
      any = true;
      SpliceRelation(*relation, begin, splices);
    }
    if (!any) return;
    // The view is not in pg_catalog.
    for (const pg_query::ColumnRef* column : qualified_) {
      const size_t at = splices->TokenAt(column->location() - begin);
      const std::vector<Token>& tokens = splices->tokens();
      if (at + 2 < tokens.size())
        splices->Add(tokens[at].begin, tokens[at + 2].begin - tokens[at].begin,
                     "");
    }
  }

 private:
  static bool IsCatalog(absl::string_view schema, absl::string_view name) {
    return (schema.empty() || schema == kPgCatalog) &&
           std::binary_search(VisibleCatalogs().begin(),
                              VisibleCatalogs().end(), name);
  }

  void LookAtColumn(const pg_query::ColumnRef& column) {
    const auto& fields = column.fields();
    for (const Node& field : fields)
      has_system_columns_ |= IsSystemColumn(field.string().sval());
    // pg_catalog.pg_class.relname and pg_catalog.pg_class.*
    if (fields.size() >= 3 && fields[0].string().sval() == kPgCatalog &&
        IsCatalog(kPgCatalog, fields[1].string().sval()))
      qualified_.push_back(&column);
  }

  void SpliceRelation(const pg_query::RangeVar& relation, size_t begin,
                      Splices* splices) const {
    const size_t first = splices->TokenAt(relation.location() - begin);
    const std::vector<Token>& tokens = splices->tokens();
    // Names with dots between them.
    size_t last = first;
    while (last + 2 < tokens.size() &&
           tokens[last + 1].kind == pg_query::ASCII_46)
      last += 2;
    if (last >= tokens.size()) return;
    std::string view =
        absl::StrCat("dsql_internal.",
                     QuoteName(has_system_columns_
                                   ? relation.relname() + " with system columns"
                                   : relation.relname()));
    if (has_system_columns_ && !relation.has_alias())
      absl::StrAppend(&view, " ", QuoteName(relation.relname()));
    splices->Add(tokens[first].begin, tokens[last].end - tokens[first].begin,
                 std::move(view));
  }

  std::vector<const pg_query::RangeVar*> relations_;
  std::vector<const pg_query::ColumnRef*> qualified_;
  std::set<std::string> queries_;
  bool has_system_columns_ = false;
};

}  // namespace

const std::vector<absl::string_view>& VisibleCatalogs() {
  static const auto* const kCatalogs = new std::vector<absl::string_view>{
      "pg_attrdef", "pg_attribute",     "pg_class", "pg_constraint",
      "pg_depend",  "pg_event_trigger", "pg_index", "pg_namespace",
      "pg_proc",    "pg_rewrite",       "pg_type"};
  return *kCatalogs;
}

bool MayNameCatalog(absl::string_view text) {
  for (size_t at = text.find('_'); at != absl::string_view::npos;
       at = text.find('_', at + 1)) {
    if (at >= 2 && absl::EqualsIgnoreCase(text.substr(at - 2, 2), "pg"))
      return true;
  }
  return false;
}

void ReadVisibleCatalogs(const Node& node, size_t begin, Splices* splices) {
  if (!MayRead(node)) return;
  CatalogFinder finder;
  Walk(node, [&](const Message& message, const Ancestors& ancestors) {
    finder.Look(message, ancestors);
    return true;
  });
  finder.Splice(begin, splices);
}

}  // namespace dsql::sql
