// SPDX-License-Identifier: Apache-2.0

// What of FakeDsqlOptions cannot work.

#ifndef DSQL_CHECK_OPTIONS_H_
#define DSQL_CHECK_OPTIONS_H_

#include "absl/status/status.h"
#include "dsql/fake_dsql_options.h"

namespace dsql {

// InvalidArgument where a value cannot be, or where two cannot be together,
// with what to change.
absl::Status CheckOptions(const FakeDsqlOptions& options);

}  // namespace dsql

#endif  // DSQL_CHECK_OPTIONS_H_
