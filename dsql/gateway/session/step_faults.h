// SPDX-License-Identifier: Apache-2.0

// What of a step goes wrong because a test wants it to.

#ifndef DSQL_GATEWAY_SESSION_STEP_FAULTS_H_
#define DSQL_GATEWAY_SESSION_STEP_FAULTS_H_

#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/step.h"

namespace dsql {

// What is to happen before and after the step of a session, which may be in a
// block. `faults` may be null.
ConnectionFaults::Verdict FaultsOf(const Step& step, bool in_block,
                                   ConnectionFaults* faults);

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STEP_FAULTS_H_
