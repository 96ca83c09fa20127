// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/service_model.h"

#include "dsql/v1/dsql.pb.h"

namespace dsql {

const google::protobuf::ServiceDescriptor& ServiceModel() {
  return *v1::CreateClusterInput::descriptor()->file()->FindServiceByName(
      "Dsql");
}

}  // namespace dsql
