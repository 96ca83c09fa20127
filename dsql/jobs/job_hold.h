// SPDX-License-Identifier: Apache-2.0

// Holding asynchronous jobs.

#ifndef DSQL_JOBS_JOB_HOLD_H_
#define DSQL_JOBS_JOB_HOLD_H_

namespace dsql {

// Where jobs can be held, so that a test sees what is otherwise gone at once.
enum class JobHold {
  kSubmitted,   // none begins
  kProcessing,  // they begin, but none ends
};

}  // namespace dsql

#endif  // DSQL_JOBS_JOB_HOLD_H_
