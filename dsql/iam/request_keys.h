// SPDX-License-Identifier: Apache-2.0

// The condition keys that every request has, whichever plane it is to.

#ifndef DSQL_IAM_REQUEST_KEYS_H_
#define DSQL_IAM_REQUEST_KEYS_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/iam/request_context.h"

namespace dsql {

// How a request came.
struct RequestOrigin {
  absl::Time now;
  // That of the endpoint.
  std::string region;
  // An address without a port; empty where the request came by a VPC endpoint,
  // as aws:SourceIp is of the public network.
  std::string source_ip;
  // Whether it was encrypted.
  bool secure = true;
};

// aws:SourceIp, aws:SecureTransport, aws:CurrentTime, aws:EpochTime and
// aws:ViaAWSService and aws:RequestedRegion of where it came from and went to;
// aws:ResourceAccount and aws:ResourceTag/* of what it is about.
RequestContext RequestKeys(const RequestOrigin& origin,
                           absl::string_view resource_arn,
                           const std::map<std::string, std::string>& tags);

}  // namespace dsql

#endif  // DSQL_IAM_REQUEST_KEYS_H_
