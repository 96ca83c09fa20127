// SPDX-License-Identifier: Apache-2.0

#ifndef DSQL_AWS_HAS_SHAPE_H_
#define DSQL_AWS_HAS_SHAPE_H_

#include "absl/status/status.h"
#include "dsql/aws/errors.h"

namespace dsql {

// Whether `status` carries an AWS exception of this shape.
inline bool HasShape(const absl::Status& status, v1::AwsError::Shape shape) {
  const auto error = GetErrorDetail(status);
  return error.has_value() && error->shape() == shape;
}

}  // namespace dsql

#endif  // DSQL_AWS_HAS_SHAPE_H_
