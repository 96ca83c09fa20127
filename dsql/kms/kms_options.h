// SPDX-License-Identifier: Apache-2.0

// The choices of a KMS.

#ifndef DSQL_KMS_KMS_OPTIONS_H_
#define DSQL_KMS_KMS_OPTIONS_H_

#include <string>

namespace dsql::kms {

struct KmsOptions {
  // Of keys and aliases that are named without an ARN.
  std::string default_region = "us-east-1";
  // Whether CreateCluster and UpdateCluster refuse a key that nobody has
  // created. False: naming it creates it.
  bool strict = false;
};

}  // namespace dsql::kms

#endif  // DSQL_KMS_KMS_OPTIONS_H_
