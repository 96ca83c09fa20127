// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/private_copy.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/sql/parse/tree_names.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using sql::TableWrite;

}  // namespace

std::string NameLiteral(const sql::TableName& table) {
  std::string name = sql::QuoteName(table.name);
  if (!table.schema.empty())
    name = absl::StrCat(sql::QuoteName(table.schema), ".", name);
  return sql::QuoteLiteral(name);
}

std::string RegclassList(const std::vector<TableWrite>& writes) {
  std::vector<std::string> names;
  for (const TableWrite& write : writes) {
    std::string name =
        absl::StrCat(NameLiteral(write.table), "::pg_catalog.regclass");
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return absl::StrJoin(names, ", ");
}

asio::awaitable<absl::Status> PrivateCopy::Add(std::vector<TableWrite> writes) {
  if (writes.empty()) co_return absl::OkStatus();
  std::vector<std::string> names;
  names.reserve(writes.size());
  for (const TableWrite& write : writes)
    names.push_back(
        absl::StrCat("pg_catalog.to_regclass(", NameLiteral(write.table), ")"));
  // Statements that were prepared must find the copies.
  std::vector<std::string> commands = {
      absl::StrCat("SELECT schema_name, relation_name FROM "
                   "dsql_internal.copy_tables(VARIADIC "
                   "pg_catalog.array_remove(ARRAY[",
                   absl::StrJoin(names, ", "), "], NULL))"),
      "DISCARD PLANS"};
  const absl::StatusOr<Conversation::Rows> rows = co_await conversation_->Run(
      std::move(commands), Conversation::Cancels::kHitIt);
  if (!rows.ok()) co_return rows.status();
  for (const auto& row : *rows) copied_.emplace(row[0], row[1]);
  co_return absl::OkStatus();
}

PrivateCopy::Rewritten PrivateCopy::Rewrite(absl::string_view messages) const {
  return MakePrivate(messages, copied_, conversation_->state().prepared());
}

}  // namespace dsql
