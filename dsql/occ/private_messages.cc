#include "dsql/occ/private_messages.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

using pgwire::FrontendType;
using pgwire::Message;

// In front of the names of twins.
constexpr char kTwin[] = "dsql twin 5f0c1e2b9a7d4c3e ";

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
  // The name of a twin, or `name` where the statement needs none.
  std::string TwinOf(absl::string_view name);

  const sql::RelationNames& copied_;
  const PreparedStatements& prepared_;
  // Names that these messages parse: the statements are rewritten there.
  std::set<std::string> parsed_;
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
    auto parse = pgwire::DecodeParse(message.body);
    if (!parse.ok()) return false;
    const std::string text = sql::WithoutSchemas(parse->query, copied_);
    parse->query = text;
    pgwire::EncodeParse(*parse, out);
    parsed_.insert(std::string(parse->statement));
    return true;
  }
  if (message.type == FrontendType::kBind) {
    auto bind = pgwire::DecodeBindNames(message.body);
    if (!bind.ok()) return false;
    const std::string twin = TwinOf(bind->statement);
    bind->statement = twin;
    pgwire::EncodeBind(*bind, out);
    return true;
  }
  return false;
}

std::string Writer::TwinOf(absl::string_view name) {
  const PreparedStatement* const known = prepared_.FindStatement(name);
  if (known == nullptr || parsed_.count(std::string(name)) != 0)
    return std::string(name);
  absl::string_view bytes = known->parse;
  auto parse = pgwire::DecodeParse(pgwire::TakeMessage(&bytes).body);
  if (!parse.ok()) return std::string(name);
  const std::string text = sql::WithoutSchemas(parse->query, copied_);
  if (text == parse->query) return std::string(name);
  const std::string twin = absl::StrCat(kTwin, name);
  parse->statement = twin;
  parse->query = text;
  pgwire::EncodeClose({pgwire::Target::kStatement, twin}, &result_.twins);
  pgwire::EncodeParse(*parse, &result_.twins);
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

}  // namespace dsql
