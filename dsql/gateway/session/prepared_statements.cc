// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/prepared_statements.h"

#include "absl/status/statusor.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {

void PreparedStatements::Done(const Action& action, absl::string_view message) {
  if (action.kind != Action::kParse && action.kind != Action::kBind &&
      action.kind != Action::kClose)
    return;
  const absl::string_view body = pgwire::TakeMessage(&message).body;
  if (action.kind == Action::kParse) {
    const auto parse = pgwire::DecodeParse(body);
    if (!parse.ok()) return;
    PreparedStatement& made = statements_[parse->statement];
    made.statement = action.statement;
    made.parse.assign(body.data() - pgwire::kHeaderSize,
                      body.size() + pgwire::kHeaderSize);
  } else if (action.kind == Action::kBind) {
    const auto bind = pgwire::DecodeBindNames(body);
    if (bind.ok()) portals_[bind->portal] = action.statement;
  } else {
    const auto target = pgwire::DecodeTarget(body);
    if (!target.ok()) return;
    if (target->kind == pgwire::Target::kStatement) {
      statements_.erase(target->name);
    } else {
      portals_.erase(target->name);
    }
  }
}

void PreparedStatements::Executed(absl::string_view tag) {
  if (tag == "DEALLOCATE ALL" || tag == "DISCARD ALL") statements_.clear();
}

void PreparedStatements::ForgetUnnamed() {
  statements_.erase("");
  portals_.erase("");
}

const PreparedStatement* PreparedStatements::FindStatement(
    absl::string_view name) const {
  const auto found = statements_.find(name);
  return found == statements_.end() ? nullptr : &found->second;
}

StatementRef PreparedStatements::FindPortal(absl::string_view name) const {
  const auto found = portals_.find(name);
  return found == portals_.end() ? StatementRef() : found->second;
}

}  // namespace dsql
