// SPDX-License-Identifier: Apache-2.0

// The wait of all handles' waiters.

#ifndef DSQL_WAIT_FOR_STATUS_H_
#define DSQL_WAIT_FOR_STATUS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"

namespace dsql {

// Says what is not yet as it is waited for, e.g. "Cluster x is CREATING", or ""
// once it is. An error ends the wait.
using StatusLook = absl::FunctionRef<absl::StatusOr<std::string>()>;

// Waits until `look` says "": moves the clock where it is one that a test
// moves, else looks again and again.
//
// Errors: those of `look`; DeadlineExceeded after `timeout` of the clock, or
//   where its SleepFor() does not move it.
absl::Status WaitForStatus(Clock* clock, absl::Duration timeout,
                           StatusLook look);

}  // namespace dsql

#endif  // DSQL_WAIT_FOR_STATUS_H_
