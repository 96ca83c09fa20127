// SPDX-License-Identifier: Apache-2.0

// Why a record could not be delivered, as GetStream tells it.

#ifndef DSQL_STREAMS_DELIVERY_ERROR_H_
#define DSQL_STREAMS_DELIVERY_ERROR_H_

#include "absl/status/status.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql::streams {

// An error for a test to deliver with.
absl::Status DeliveryError(v1::StreamFailureErrorCode::Value code);

// The code of such an error, or of one of Kinesis's; INTERNAL_ERROR for others.
// Requires: `status` is not OK.
v1::StreamFailureErrorCode::Value FailureCodeOf(const absl::Status& status);

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_DELIVERY_ERROR_H_
