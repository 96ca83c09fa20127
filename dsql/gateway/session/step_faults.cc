// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/step_faults.h"

#include "dsql/sql/statement.h"

namespace dsql {

ConnectionFaults::Verdict FaultsOf(const Step& step, bool in_block,
                                   ConnectionFaults* faults) {
  if (faults == nullptr || !faults->armed()) return {};
  int statements = 0;
  bool commits = false;
  for (const Action& action : step.actions) {
    if (!action.runs() || !action.statement) continue;
    ++statements;
    commits |=
        action.statement->kind == sql::StatementKind::kCommit ||
        (!in_block && (action.statement->writes || action.statement->is_ddl));
  }
  return faults->OnStep(statements, commits);
}

}  // namespace dsql
