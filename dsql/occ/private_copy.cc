#include "dsql/occ/private_copy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::FrontendType;
using pgwire::Message;
using sql::TableWrite;

// In front of the names of twins.
constexpr char kTwin[] = "dsql twin 5f0c1e2b9a7d4c3e ";

std::string QuoteIdentifier(const std::string& name) {
  return absl::StrCat("\"", absl::StrReplaceAll(name, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string RegclassList(const std::vector<TableWrite>& writes) {
  std::vector<std::string> names;
  for (const TableWrite& write : writes) {
    std::string name = QuoteIdentifier(write.table.name);
    if (!write.table.schema.empty())
      name = absl::StrCat(QuoteIdentifier(write.table.schema), ".", name);
    name = absl::StrCat("'", absl::StrReplaceAll(name, {{"'", "''"}}),
                        "'::pg_catalog.regclass");
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return absl::StrJoin(names, ", ");
}

asio::awaitable<absl::Status> PrivateCopy::Add(std::vector<TableWrite> writes) {
  if (writes.empty()) co_return absl::OkStatus();
  // Statements that were prepared must find the copies.
  std::vector<std::string> commands = {
      absl::StrCat("SELECT schema_name, relation_name FROM "
                   "dsql_internal.copy_tables(",
                   RegclassList(writes), ")"),
      "DISCARD PLANS"};
  const absl::StatusOr<Conversation::Rows> rows =
      co_await conversation_->Run(std::move(commands));
  if (!rows.ok()) co_return rows.status();
  for (const auto& row : *rows) copied_.emplace(row[0], row[1]);
  co_return absl::OkStatus();
}

PrivateCopy::Rewritten PrivateCopy::Rewrite(absl::string_view messages) const {
  Rewritten result;
  if (copied_.empty()) {
    result.messages = std::string(messages);
    return result;
  }
  while (!messages.empty())
    RewriteMessage(pgwire::TakeMessage(&messages), &result);
  return result;
}

void PrivateCopy::RewriteMessage(const Message& message,
                                 Rewritten* result) const {
  std::string* const out = &result->messages;
  if (message.type == FrontendType::kQuery) {
    const auto text = pgwire::DecodeQuery(message.body);
    if (text.ok())
      return pgwire::EncodeQuery(sql::WithoutSchemas(*text, copied_), out);
  } else if (message.type == FrontendType::kParse) {
    auto parse = pgwire::DecodeParse(message.body);
    if (parse.ok()) {
      const std::string text = sql::WithoutSchemas(parse->query, copied_);
      parse->query = text;
      return pgwire::EncodeParse(*parse, out);
    }
  } else if (message.type == FrontendType::kBind) {
    auto bind = pgwire::DecodeBindNames(message.body);
    if (bind.ok()) {
      const std::string twin = TwinOf(bind->statement, result);
      bind->statement = twin;
      return pgwire::EncodeBind(*bind, out);
    }
  }
  out->append(message.bytes.data(), message.bytes.size());
}

std::string PrivateCopy::TwinOf(absl::string_view name,
                                Rewritten* result) const {
  const PreparedStatement* const known =
      conversation_->state().prepared().FindStatement(name);
  // One that these messages parse is rewritten there.
  if (known == nullptr) return std::string(name);
  absl::string_view bytes = known->parse;
  auto parse = pgwire::DecodeParse(pgwire::TakeMessage(&bytes).body);
  if (!parse.ok()) return std::string(name);
  const std::string text = sql::WithoutSchemas(parse->query, copied_);
  if (text == parse->query) return std::string(name);
  const std::string twin = absl::StrCat(kTwin, name);
  parse->statement = twin;
  parse->query = text;
  pgwire::EncodeClose({pgwire::Target::kStatement, twin}, &result->twins);
  pgwire::EncodeParse(*parse, &result->twins);
  result->twin_answers += 2;
  return twin;
}

}  // namespace dsql
