// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/named_relations.h"

#include <set>
#include <utility>

#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {

std::vector<TableName> NamedRelations(const std::string& text) {
  std::set<std::pair<std::string, std::string>> names;
  std::set<std::string> queries;
  const ParsedText parsed(text);
  Walk(parsed.root(),
       [&](const google::protobuf::Message& message, const Ancestors&) {
         if (const auto* relation = As<pg_query::RangeVar>(message))
           names.emplace(relation->schemaname(), relation->relname());
         if (const auto* query = As<pg_query::CommonTableExpr>(message))
           queries.insert(query->ctename());
         // FOR UPDATE OF names what FROM has named.
         return As<pg_query::LockingClause>(message) == nullptr;
       });
  for (const std::string& query : queries) names.erase({"", query});
  std::vector<TableName> relations;
  relations.reserve(names.size());
  for (const auto& name : names) relations.push_back({name.first, name.second});
  return relations;
}

}  // namespace dsql::sql
