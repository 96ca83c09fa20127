// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_log.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
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
  // Parse messages of statements that are there; not owned.
  explicit Writer(absl::string_view prepared) : prepared_(prepared) {}

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
    if (parsed_.count(std::string(bind.statement)) == 0) {
      const auto known = FindPrepared(bind.statement);
      if (known.has_value()) AddParse(*known);
    }
    const std::string name = Logged(bind.statement);
    bind.statement = name;
    pgwire::EncodeBind(bind, &request_);
  }

  absl::optional<pgwire::Parse> FindPrepared(absl::string_view name) const {
    absl::string_view rest = prepared_;
    while (!rest.empty()) {
      const auto parse = pgwire::DecodeParse(pgwire::TakeMessage(&rest).body);
      if (parse.ok() && parse->statement == name) return *parse;
    }
    return absl::nullopt;
  }

  const absl::string_view prepared_;
  std::set<std::string> parsed_;
  std::string request_;
};

}  // namespace

bool TransactionLog::MayFindSequenceMoved(size_t from, size_t entry) const {
  const auto begin = entries_.begin();
  const bool moved_later =
      std::any_of(begin + entry, entries_.end(),
                  [](const Entry& other) { return other.sequences.may_move; });
  if (!moved_later) return false;
  const auto is_moved_before = [&](const std::string& sequence) {
    return !sequence.empty() &&
           std::any_of(begin + from, begin + entry, [&](const Entry& other) {
             return !other.wrote_nothing &&
                    absl::c_linear_search(other.sequences.moved, sequence);
           });
  };
  return !absl::c_all_of(entries_[entry].sequences.read, is_moved_before);
}

bool TransactionLog::Binds(absl::string_view portal) const {
  return absl::c_any_of(entries_, [portal](const Entry& entry) {
    return entry.unit.Binds(portal);
  });
}

bool TransactionLog::MovesOldPortals(size_t from) const {
  if (from == 0) return false;
  for (size_t i = from; i < entries_.size(); ++i) {
    for (const std::string& portal : entries_[i].unit.OldPortals()) {
      const bool is_new = std::any_of(
          entries_.begin() + from, entries_.begin() + i,
          [&](const Entry& other) { return other.unit.Binds(portal); });
      if (!is_new) return true;
    }
  }
  return false;
}

bool TransactionLog::Places(size_t entry, absl::string_view portal) const {
  return entries_[entry].unit.Executes(portal) &&
         std::none_of(
             entries_.begin() + entry + 1, entries_.end(),
             [portal](const Entry& other) { return other.unit.Binds(portal); });
}

std::vector<size_t> TransactionLog::ConstraintsSetBefore(size_t end) const {
  std::vector<size_t> found;
  std::set<std::string> later;
  for (size_t i = end; i-- > 0 && later.count("*") == 0;) {
    const std::vector<std::string>& names = entries_[i].setting.names;
    const auto is_set_again = [&](const std::string& name) {
      return later.count(name) != 0;
    };
    if (absl::c_all_of(names, is_set_again)) continue;
    found.push_back(i);
    later.insert(names.begin(), names.end());
  }
  absl::c_reverse(found);
  return found;
}

LoggedUnit::LoggedUnit(const StatementRef& statement)
    : content_(RequestText(statement)) {
  content_.push_back('\0');
}

LoggedUnit::LoggedUnit(const Unit& unit, const PreparedStatements& prepared,
                       std::string copy_data)
    : extended_(unit.step->extended()), copy_data_(std::move(copy_data)) {
  if (!extended_) {
    for (size_t i = unit.first; i < unit.last; ++i) {
      const StatementRef& statement = unit.step->actions[i].statement;
      // A FunctionCall, which is refused.
      if (!statement) continue;
      const absl::string_view text = RequestText(statement);
      content_.append(text.data(), text.size());
      content_.push_back('\0');
    }
    return;
  }
  content_ = MessagesOf(unit);
  absl::string_view rest = content_;
  while (!rest.empty()) {
    const Message message = pgwire::TakeMessage(&rest);
    if (message.type != FrontendType::kBind) continue;
    const auto bind = pgwire::DecodeBindNames(message.body);
    if (!bind.ok()) continue;
    const PreparedStatement* const known =
        prepared.FindStatement(bind->statement);
    if (known != nullptr) parses_ += known->parse;
  }
}

template <typename Look>
void LoggedUnit::ForEachMessage(const Look& look) const {
  if (!extended_) return;
  absl::string_view rest = content_;
  while (!rest.empty()) look(pgwire::TakeMessage(&rest));
}

bool LoggedUnit::Binds(absl::string_view portal) const {
  bool binds = false;
  ForEachMessage([&](const Message& message) {
    if (message.type != FrontendType::kBind) return;
    const auto bind = pgwire::DecodeBindNames(message.body);
    binds |= bind.ok() && bind->portal == portal;
  });
  return binds;
}

bool LoggedUnit::Executes(absl::string_view portal) const {
  bool executes = false;
  ForEachMessage([&](const Message& message) {
    if (message.type != FrontendType::kExecute) return;
    const auto execute = pgwire::DecodeExecute(message.body);
    executes |= execute.ok() && execute->portal == portal;
  });
  return executes;
}

std::vector<std::string> LoggedUnit::OldPortals() const {
  std::vector<std::string> portals;
  ForEachMessage([&](const Message& message) {
    if (message.type != FrontendType::kExecute) return;
    const auto execute = pgwire::DecodeExecute(message.body);
    if (execute.ok() && !Binds(execute->portal))
      portals.emplace_back(execute->portal);
  });
  return portals;
}

std::string LoggedUnit::Encode() const {
  Writer writer(parses_);
  absl::string_view rest = content_;
  while (!rest.empty()) {
    if (extended_) {
      writer.Add(pgwire::TakeMessage(&rest));
    } else {
      const size_t end = rest.find('\0');
      writer.AddStatement(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
  }
  return std::move(writer).Finish(copy_data_);
}

}  // namespace dsql
