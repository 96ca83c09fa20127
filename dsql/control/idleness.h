// Clusters that nobody has used for a while.

#ifndef DSQL_CONTROL_IDLENESS_H_
#define DSQL_CONTROL_IDLENESS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/control/environment.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// Makes a cluster that is ACTIVE, IDLE or INACTIVE one of these.
//
// Errors: ResourceNotFoundException; ConflictException in any other status;
//   InvalidArgument for any other `status`.
absl::Status SetIdleness(const Environment& environment,
                         absl::string_view region, absl::string_view identifier,
                         v1::ClusterStatus::Value status);

}  // namespace dsql

#endif  // DSQL_CONTROL_IDLENESS_H_
