// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/plan/storage_scan.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;

// Comparisons of columns with values, and what joins them: no functions, no
// other queries, whose mark in a plan is no SQL.
bool CanBeEvaluatedByStorage(const std::string& condition) {
  const ParsedText parsed(absl::StrCat("SELECT ", condition));
  if (!parsed.ok()) return false;
  bool can = true;
  Walk(parsed.root(), [&](const Message& message, const Ancestors&) {
    can = can && As<pg_query::FuncCall>(message) == nullptr &&
          As<pg_query::SubLink>(message) == nullptr &&
          As<pg_query::CaseExpr>(message) == nullptr &&
          As<pg_query::CoalesceExpr>(message) == nullptr &&
          As<pg_query::MinMaxExpr>(message) == nullptr &&
          As<pg_query::SQLValueFunction>(message) == nullptr;
    return can;
  });
  return can;
}

bool IsPrimaryKey(const PostgresScan& scan) {
  absl::string_view relation = scan.relation;
  absl::string_view index = scan.index;
  if (absl::StartsWith(relation, "\"") && absl::StartsWith(index, "\"")) {
    relation = relation.substr(1, relation.size() - 2);
    index = index.substr(1, index.size() - 2);
  }
  return index == absl::StrCat(relation, "_pkey");
}

}  // namespace

DsqlScan ScanInDsql(const PostgresScan& scan) {
  const bool pushed =
      !scan.filter.empty() && CanBeEvaluatedByStorage(scan.filter);
  const std::string filter = pushed ? scan.filter : "";
  DsqlScan result;
  result.filters = !scan.filter.empty() && !pushed;
  if (scan.kind == PostgresScan::kTable) {
    result.name = "Full Scan (btree-table)";
    result.reads = {{"Storage Scan", "B-Tree Scan", scan.relation, false,
                     filter, "", true}};
  } else if (scan.kind == PostgresScan::kIndexOnly || IsPrimaryKey(scan)) {
    result.name = "Index Only Scan";
    result.reads = {{"Storage Scan", "B-Tree Scan", scan.index, true, filter,
                     scan.index_condition, true}};
  } else {
    result.name = "Index Scan";
    result.reads = {{"Storage Scan", "B-Tree Scan", scan.index, true, "",
                     scan.index_condition, false},
                    {"Storage Lookup", "B-Tree Lookup", scan.relation, false,
                     filter, "", true}};
  }
  return result;
}

}  // namespace dsql::sql
