// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/private_messages.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

using pgwire::BackendType;
using pgwire::FrontendType;
using pgwire::Message;

// In front of the names of twins.
constexpr char kTwin[] = "dsql twin 5f0c1e2b9a7d4c3e ";

// That of the table whose copy is in `schema`; null where that is none of
// temporary tables. The copies have different names.
const std::string* FindSchema(const sql::RelationNames& copied,
                              absl::string_view schema,
                              absl::string_view table) {
  if (!absl::StartsWith(schema, "pg_temp_")) return nullptr;
  for (const auto& [real_schema, name] : copied)
    if (name == table) return &real_schema;
  return nullptr;
}

class Writer {
 public:
  Writer(const sql::RelationNames& copied, const PreparedStatements& prepared)
      : copied_(copied), prepared_(prepared) {}

  void Add(const Message& message) {
    if (!AddRewritten(message))
      result_.messages.append(message.bytes.data(), message.bytes.size());
  }
  PrivateMessages Finish() && { return std::move(result_); }

 private:
  bool AddRewritten(const Message& message);
  // The name of a twin, or of the statement itself where it needs none.
  std::string AddTwin(pgwire::Parse parse);
  // Of what a Bind at this place means by `name`.
  const std::string& NameFor(absl::string_view name);

  const sql::RelationNames& copied_;
  const PreparedStatements& prepared_;
  // What is bound in the place of a name.
  std::map<std::string, std::string> names_;
  PrivateMessages result_;
};

bool Writer::AddRewritten(const Message& message) {
  std::string* const out = &result_.messages;
  if (message.type == FrontendType::kQuery) {
    const auto text = pgwire::DecodeQuery(message.body);
    if (!text.ok()) return false;
    pgwire::EncodeQuery(sql::WithoutSchemas(*text, copied_), out);
    return true;
  }
  if (message.type == FrontendType::kParse) {
    const auto parse = pgwire::DecodeParse(message.body);
    if (parse.ok()) names_[std::string(parse->statement)] = AddTwin(*parse);
    return false;
  }
  if (message.type == FrontendType::kBind) {
    auto bind = pgwire::DecodeBindNames(message.body);
    if (!bind.ok()) return false;
    bind->statement = NameFor(bind->statement);
    pgwire::EncodeBind(*bind, out);
    return true;
  }
  return false;
}

const std::string& Writer::NameFor(absl::string_view name) {
  const auto made = names_.emplace(name, name);
  const PreparedStatement* const known = prepared_.FindStatement(name);
  if (made.second && known != nullptr) {
    absl::string_view bytes = known->parse;
    const auto parse = pgwire::DecodeParse(pgwire::TakeMessage(&bytes).body);
    if (parse.ok()) made.first->second = AddTwin(*parse);
  }
  return made.first->second;
}

std::string Writer::AddTwin(pgwire::Parse parse) {
  const std::string text = sql::WithoutSchemas(parse.query, copied_);
  if (text == parse.query) return std::string(parse.statement);
  // A name may be parsed more than once.
  const std::string twin =
      absl::StrCat(kTwin, result_.twin_answers / 2, " ", parse.statement);
  parse.statement = twin;
  parse.query = text;
  pgwire::EncodeClose({pgwire::Target::kStatement, twin}, &result_.twins);
  pgwire::EncodeParse(parse, &result_.twins);
  result_.twin_answers += 2;
  return twin;
}

}  // namespace

PrivateMessages MakePrivate(absl::string_view messages,
                            const sql::RelationNames& copied,
                            const PreparedStatements& prepared) {
  if (copied.empty()) return {"", 0, std::string(messages)};
  Writer writer(copied, prepared);
  while (!messages.empty()) writer.Add(pgwire::TakeMessage(&messages));
  return std::move(writer).Finish();
}

std::string TellTables(absl::string_view output,
                       const sql::RelationNames& copied) {
  std::string result;
  while (!output.empty()) {
    const Message message = pgwire::TakeMessage(&output);
    const std::string* schema = nullptr;
    if (message.type == BackendType::kErrorResponse ||
        message.type == BackendType::kNoticeResponse)
      schema = FindSchema(copied, pgwire::FindErrorField(message.body, 's'),
                          pgwire::FindErrorField(message.body, 't'));
    if (schema != nullptr) {
      pgwire::CopyWithField(message, 's', *schema, &result);
    } else {
      result.append(message.bytes.data(), message.bytes.size());
    }
  }
  return result;
}

void TellTable(const sql::RelationNames& copied, v1::SqlErrorDetail* error) {
  const std::string* const schema =
      FindSchema(copied, error->schema_name(), error->table_name());
  if (schema != nullptr) error->set_schema_name(*schema);
}

}  // namespace dsql
