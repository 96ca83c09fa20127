// SPDX-License-Identifier: Apache-2.0

// What of a step goes wrong because a test wants it to.

#ifndef DSQL_GATEWAY_SESSION_STEP_FAULTS_H_
#define DSQL_GATEWAY_SESSION_STEP_FAULTS_H_

#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/server_state.h"
#include "dsql/gateway/session/step.h"

namespace dsql {

// Of one session. Knows what its steps commit, also where a Flush leaves that
// to the next Sync.
class StepFaults {
 public:
  // What is to happen before and after the session's next step; `server` is as
  // it is before that. `faults` may be null.
  ConnectionFaults::Verdict OnStep(const Step& step, const ServerState& server,
                                   ConnectionFaults* faults);

 private:
  // No Sync has ended what the last step did. Whether its client is in a block
  // then: the server may be in one that the gateway has opened.
  bool unended_ = false;
  bool in_block_ = false;
  // What has no block, and is not committed yet, writes.
  bool writes_ = false;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STEP_FAULTS_H_
