// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_command.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql_testing {
namespace {

namespace pgwire = ::dsql::pgwire;
using pgwire::FrontendType;
using pgwire::Target;
using pgwire::WireWriter;

void EncodeBind(const ConcurrentCommand& command, std::string* out) {
  WireWriter bind(FrontendType::kBind, out);
  bind.CString("").CString(command.statement).Int16(0);
  bind.Int16(static_cast<int16_t>(command.sql.values.size()));
  for (const std::string& value : command.sql.values)
    bind.Int32(static_cast<int32_t>(value.size())).Bytes(value);
  bind.Int16(0);
}

}  // namespace

std::string ConcurrentCommand::ToString() const {
  switch (kind) {
    case kSync:
      return "Sync";
    case kClose:
      return absl::StrCat("Close ", statement);
    case kPrepare:
      return absl::StrCat("Parse ", statement, ": ", sql.text);
    default:
      return absl::StrCat(statement, statement.empty() ? "" : ": ",
                          sql.Inlined());
  }
}

ConcurrentCommand ControlCommand(ConcurrentCommand::Kind kind) {
  ConcurrentCommand command;
  command.kind = kind;
  switch (kind) {
    case ConcurrentCommand::kBegin:
      command.sql.text = "BEGIN";
      break;
    case ConcurrentCommand::kCommit:
      command.sql.text = "COMMIT";
      break;
    case ConcurrentCommand::kRollback:
      command.sql.text = "ROLLBACK";
      break;
    case ConcurrentCommand::kDeallocateAll:
      command.sql.text = "DEALLOCATE ALL";
      break;
    default:
      break;
  }
  return command;
}

ConcurrentCommand OperationCommand(const ConcurrentOperation& operation) {
  ConcurrentCommand command;
  command.operation = operation;
  command.sql = ToSql(operation);
  return command;
}

void EncodeExtended(const ConcurrentCommand& command, std::string* out) {
  if (command.kind == ConcurrentCommand::kSync) return pgwire::EncodeSync(out);
  if (command.kind == ConcurrentCommand::kClose)
    return pgwire::EncodeClose({Target::kStatement, command.statement}, out);
  if (command.parses)
    pgwire::EncodeParse({command.statement, command.sql.text, {}}, out);
  const bool prepares = command.kind == ConcurrentCommand::kPrepare;
  if (!prepares) EncodeBind(command, out);
  if (prepares || command.describes) {
    WireWriter(FrontendType::kDescribe, out)
        .Byte(static_cast<uint8_t>(prepares ? Target::kStatement
                                            : Target::kPortal))
        .CString(prepares ? command.statement : "");
  }
  if (!prepares) pgwire::EncodeExecute({"", 0}, out);
}

void EncodeSimple(const std::vector<ConcurrentCommand>& commands,
                  std::string* out) {
  std::vector<std::string> texts;
  for (const ConcurrentCommand& command : commands)
    texts.push_back(command.sql.Inlined());
  pgwire::EncodeQuery(absl::StrJoin(texts, "; "), out);
}

void StatementNames::Choose(int named_from, ConcurrentCommand* command) {
  Entry& entry = by_text_[command->sql.text];
  ++entry.executions;
  if (named_from == 0 || entry.executions < named_from) return;
  if (entry.name.empty()) entry.name = absl::StrCat("S_", ++last_);
  command->statement = entry.name;
  command->parses = !entry.known && !entry.sent;
  entry.sent = true;
}

bool StatementNames::IsNew(const std::string& text) const {
  const auto entry = by_text_.find(text);
  return entry == by_text_.end() || !entry->second.known;
}

void StatementNames::OnParsed(const std::string& name) {
  for (auto& entry : by_text_)
    if (!name.empty() && entry.second.name == name) entry.second.known = true;
}

void StatementNames::OnClosed(const std::string& name) {
  for (auto& entry : by_text_)
    if (entry.second.name == name) entry.second = Entry();
}

void StatementNames::OnDeallocated(bool again) {
  by_text_.clear();
  if (again) last_ = 0;
}

void StatementNames::OnSync() {
  for (auto& entry : by_text_) entry.second.sent = false;
}

std::string StatementNames::Any(unsigned random) const {
  std::vector<std::string> names;
  for (const auto& entry : by_text_)
    if (entry.second.known) names.push_back(entry.second.name);
  return names.empty() ? "" : names[random % names.size()];
}

}  // namespace dsql_testing
