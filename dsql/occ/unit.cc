// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/unit.h"

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/occ/statement_traits.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

// Of the gateway's own statement and portal.
constexpr char kOwn[] = "dsql copy 5f0c1e2b9a7d4c3e";

// A statement of a Query: as a Query, it leaves no unnamed statement behind.
std::string AsExtended(const StatementRef& statement) {
  using pgwire::Target;
  std::string messages;
  pgwire::EncodeParse({"", RequestText(statement), {}}, &messages);
  pgwire::EncodeBind({"", "", pgwire::kNoParameters}, &messages);
  pgwire::EncodeDescribe({Target::kPortal, ""}, &messages);
  pgwire::EncodeExecute({"", 0}, &messages);
  // Nothing may follow COPY FROM but its data.
  if (statement->kind != sql::StatementKind::kCopyIn) {
    pgwire::EncodeClose({Target::kPortal, ""}, &messages);
    pgwire::EncodeClose({Target::kStatement, ""}, &messages);
  }
  return messages;
}

// kOwnPortalAnswers are those to what stands in front.
std::string ByOwnPortal(const Unit& unit) {
  using pgwire::Target;
  std::string messages;
  pgwire::EncodeClose({Target::kPortal, kOwn}, &messages);
  pgwire::EncodeClose({Target::kStatement, kOwn}, &messages);
  pgwire::EncodeParse({kOwn, RequestText(unit.statement()), {}}, &messages);
  pgwire::EncodeBind({kOwn, kOwn, pgwire::kNoParameters}, &messages);
  messages += MessagesOf(WithoutExecute(unit));
  pgwire::EncodeExecute({kOwn, 0}, &messages);
  return messages;
}

absl::string_view BodyOf(const Unit& unit, const Action& action) {
  absl::string_view bytes = unit.step->MessageOf(action);
  return pgwire::TakeMessage(&bytes).body;
}

absl::optional<std::string> ExecutesOldPortal(const Unit& unit) {
  if (!unit.step->extended() || !unit.runs()) return absl::nullopt;
  const auto execute =
      pgwire::DecodeExecute(BodyOf(unit, unit.step->actions[unit.last - 1]));
  if (!execute.ok()) return absl::nullopt;
  for (size_t i = unit.first; i < unit.last; ++i) {
    const Action& action = unit.step->actions[i];
    if (action.kind != Action::kBind) continue;
    const auto bind = pgwire::DecodeBindNames(BodyOf(unit, action));
    if (bind.ok() && bind->portal == execute->portal) return absl::nullopt;
  }
  return std::string(execute->portal);
}

}  // namespace

std::vector<Unit> SplitStep(const Step& step) {
  const bool as_query = !step.extended() && step.actions.size() > 1;
  std::vector<Unit> units;
  size_t first = 0;
  for (size_t i = 0; i < step.actions.size(); ++i) {
    if (!step.actions[i].runs()) continue;
    units.push_back({&step, first, i + 1, as_query});
    first = i + 1;
  }
  if (first < step.actions.size())
    units.push_back({&step, first, step.actions.size(), as_query});
  return units;
}

int CountRunning(const Step& step) {
  int count = 0;
  for (const Action& action : step.actions) count += action.runs();
  return count;
}

bool EndsWithExecution(const Step& step) {
  for (auto it = step.actions.rbegin(); it != step.actions.rend(); ++it) {
    if (it->runs()) return true;
    if (it->kind != Action::kClose) return false;
  }
  return false;
}

bool NeedsWhatWasDone(const Unit& unit) {
  if (!unit.step->extended()) return false;
  for (size_t i = unit.first; i < unit.last; ++i) {
    const Action::Kind kind = unit.step->actions[i].kind;
    if (kind == Action::kParse || kind == Action::kBind ||
        kind == Action::kDescribe)
      return true;
  }
  return false;
}

bool Binds(const Unit& unit) {
  for (size_t i = unit.first; i < unit.last; ++i)
    if (unit.step->actions[i].kind == Action::kBind) return true;
  return false;
}

bool BindsWrite(const Unit& unit) {
  for (size_t i = unit.first; i < unit.last; ++i) {
    const Action& action = unit.step->actions[i];
    if (action.kind == Action::kBind && MayWrite(action.statement)) return true;
  }
  return false;
}

bool HasOwnPortal(const Unit& unit) {
  return IsKind(unit.statement(), sql::StatementKind::kCopyIn) &&
         !IsRefused(unit.statement()) && ExecutesOldPortal(unit).has_value();
}

absl::optional<std::string> OldPortalOf(const Unit& unit) {
  if (HasOwnPortal(unit)) return absl::nullopt;
  return ExecutesOldPortal(unit);
}

bool LimitsRows(const Unit& unit) {
  if (!unit.step->extended() || !unit.runs()) return false;
  const auto execute =
      pgwire::DecodeExecute(BodyOf(unit, unit.step->actions[unit.last - 1]));
  return execute.ok() && execute->max_rows > 0;
}

std::string MessagesOf(const Unit& unit) {
  if (unit.as_query) return AsExtended(unit.statement());
  if (HasOwnPortal(unit)) return ByOwnPortal(unit);
  if (unit.first == unit.last) return "";
  const Action& from = unit.step->actions[unit.first];
  const Action& to = unit.step->actions[unit.last - 1];
  return unit.step->request.substr(from.begin, to.begin + to.size - from.begin);
}

Unit WithoutExecute(const Unit& unit) {
  Unit rest = unit;
  if (rest.runs()) --rest.last;
  return rest;
}

Unit Nothing(const Unit& unit) {
  Unit nothing = unit;
  nothing.last = nothing.first;
  return nothing;
}

}  // namespace dsql
