// SPDX-License-Identifier: Apache-2.0

// What every new cluster and stream gets.

#ifndef DSQL_CONTROL_NEW_RESOURCE_H_
#define DSQL_CONTROL_NEW_RESOURCE_H_

#include <string>

#include "absl/time/time.h"
#include "dsql/control/environment.h"

namespace dsql {

// An identifier in the style that the options ask for.
std::string NewIdentifier(const Environment& environment);

// Seconds since the epoch, to the millisecond, as AWS's creation times are.
double CreationTime(absl::Time now);

}  // namespace dsql

#endif  // DSQL_CONTROL_NEW_RESOURCE_H_
