// SPDX-License-Identifier: Apache-2.0

// DSQL's service model (dsql/v1/dsql.proto) as descriptors.

#ifndef DSQL_AWS_SERVICE_MODEL_H_
#define DSQL_AWS_SERVICE_MODEL_H_

#include "google/protobuf/descriptor.h"

namespace dsql {

// The service; its methods are the operations.
const google::protobuf::ServiceDescriptor& ServiceModel();

}  // namespace dsql

#endif  // DSQL_AWS_SERVICE_MODEL_H_
