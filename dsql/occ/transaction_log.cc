// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_log.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

using pgwire::FrontendType;
using pgwire::Message;
using pgwire::Target;

// In front of the names of statements of the log.
constexpr char kLogged[] = "dsql log 5f0c1e2b9a7d4c3e ";

class Writer {
 public:
  explicit Writer(const PreparedStatements& prepared) : prepared_(prepared) {}

  void AddStatement(absl::string_view text) {
    const std::string name = Logged("");
    pgwire::EncodeClose({Target::kPortal, name}, &request_);
    AddParse({"", text, {}});
    pgwire::EncodeBind({name, name, pgwire::kNoParameters}, &request_);
    pgwire::EncodeExecute({name, 0}, &request_);
  }

  void Add(const Message& message) {
    switch (message.type) {
      case FrontendType::kParse: {
        const auto parse = pgwire::DecodeParse(message.body);
        if (parse.ok()) AddParse(*parse);
        break;
      }
      case FrontendType::kBind: {
        const auto bind = pgwire::DecodeBindNames(message.body);
        if (bind.ok()) AddBind(*bind);
        break;
      }
      case FrontendType::kClose: {
        const auto target = pgwire::DecodeTarget(message.body);
        if (target.ok() && target->kind == Target::kPortal) Append(message);
        break;
      }
      case FrontendType::kExecute:
        Append(message);
        break;
      default:
        break;
    }
  }

  std::string Finish(absl::string_view copy_data) && {
    request_.append(copy_data.data(), copy_data.size());
    pgwire::EncodeSync(&request_);
    return std::move(request_);
  }

 private:
  static std::string Logged(absl::string_view name) {
    return absl::StrCat(kLogged, name);
  }

  void Append(const Message& message) {
    request_.append(message.bytes.data(), message.bytes.size());
  }

  void AddParse(pgwire::Parse parse) {
    parsed_.insert(std::string(parse.statement));
    const std::string name = Logged(parse.statement);
    parse.statement = name;
    pgwire::EncodeClose({Target::kStatement, name}, &request_);
    pgwire::EncodeParse(parse, &request_);
  }

  void AddBind(pgwire::BindNames bind) {
    const PreparedStatement* const known =
        prepared_.FindStatement(bind.statement);
    if (known != nullptr && parsed_.count(std::string(bind.statement)) == 0) {
      absl::string_view bytes = known->parse;
      const auto parse = pgwire::DecodeParse(pgwire::TakeMessage(&bytes).body);
      if (parse.ok()) AddParse(*parse);
    }
    const std::string name = Logged(bind.statement);
    bind.statement = name;
    pgwire::EncodeBind(bind, &request_);
  }

  const PreparedStatements& prepared_;
  std::set<std::string> parsed_;
  std::string request_;
};

}  // namespace

std::string RepeatableRequest(const Unit& unit,
                              const PreparedStatements& prepared,
                              absl::string_view copy_data) {
  Writer writer(prepared);
  if (!unit.step->extended()) {
    for (size_t i = unit.first; i < unit.last; ++i) {
      const StatementRef& statement = unit.step->actions[i].statement;
      // A FunctionCall, which is refused.
      if (statement) writer.AddStatement(RequestText(statement));
    }
  } else {
    const std::string messages = MessagesOf(unit);
    absl::string_view rest = messages;
    while (!rest.empty()) writer.Add(pgwire::TakeMessage(&rest));
  }
  return std::move(writer).Finish(copy_data);
}

}  // namespace dsql
