// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/step_faults.h"

#include "dsql/sql/statement.h"

namespace dsql {

using sql::StatementKind;

ConnectionFaults::Verdict FaultsOf(const Step& step, bool in_block,
                                   ConnectionFaults* faults) {
  if (faults == nullptr || !faults->armed()) return {};
  int statements = 0;
  bool commits = false;
  for (const Action& action : step.actions) {
    if (!action.runs() || !action.statement) continue;
    ++statements;
    switch (action.statement->kind) {
      case StatementKind::kBegin:
        in_block = true;
        break;
      case StatementKind::kCommit:
        commits = true;
        [[fallthrough]];
      case StatementKind::kRollback:
        in_block = false;
        break;
      default:
        commits |=
            !in_block && (action.statement->writes || action.statement->is_ddl);
    }
  }
  return faults->OnStep(statements, commits);
}

}  // namespace dsql
