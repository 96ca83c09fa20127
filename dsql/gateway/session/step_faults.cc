// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/step_faults.h"

#include "dsql/sql/statement.h"

namespace dsql {
namespace {

using sql::StatementKind;

// A Sync in front of the data of COPY does not end it.
bool IsEnded(const Step& step) {
  if (!step.extended()) return true;
  for (const Action& action : step.actions) {
    if (action.runs() && action.statement &&
        action.statement->kind == StatementKind::kCopyIn)
      return false;
  }
  return step.until_ready();
}

}  // namespace

ConnectionFaults::Verdict StepFaults::OnStep(const Step& step,
                                             const ServerState& server,
                                             ConnectionFaults* faults) {
  // An error has ended it as well.
  const bool goes_on = unended_ && (server.in_block() || server.unsynced());
  unended_ = !IsEnded(step);
  const bool armed = faults != nullptr && faults->armed();
  if (!armed && !unended_) return {};
  if (!goes_on) {
    in_block_ = server.in_block();
    writes_ = false;
  }
  int statements = 0;
  bool commits = false;
  for (const Action& action : step.actions) {
    if (!action.runs() || !action.statement) continue;
    ++statements;
    switch (action.statement->kind) {
      case StatementKind::kBegin:
        // What has no block yet becomes part of this one.
        in_block_ = true;
        writes_ = false;
        break;
      case StatementKind::kCommit:
        commits = true;
        [[fallthrough]];
      case StatementKind::kRollback:
        in_block_ = false;
        writes_ = false;
        break;
      default:
        writes_ |= !in_block_ &&
                   (action.statement->writes || action.statement->is_ddl);
    }
  }
  commits |= writes_ && !unended_;
  return armed ? faults->OnStep(statements, commits)
               : ConnectionFaults::Verdict();
}

}  // namespace dsql
