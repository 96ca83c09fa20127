// Taking a step apart where transactions begin and end.

#ifndef DSQL_GATEWAY_SESSION_STEP_SPLITTER_H_
#define DSQL_GATEWAY_SESSION_STEP_SPLITTER_H_

#include <vector>

#include "dsql/gateway/session/step.h"

namespace dsql {

// The statement that runs in `step`, the last where there are several; empty
// where there is none or it is not known.
StatementRef RunningStatement(const Step& step);
// How many statements run.
int CountRunning(const Step& step);

// Steps that, run one after the other, do what `step` does, and of which each
// has one statement wherever a transaction block is open. A Query then becomes
// several, and messages of the extended protocol are followed by Flush. What
// runs outside of transaction blocks stays together, because it is one
// transaction.
std::vector<Step> SplitStep(const Step& step, bool in_transaction);

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STEP_SPLITTER_H_
