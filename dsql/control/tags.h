// SPDX-License-Identifier: Apache-2.0

// Tags of any resource.

#ifndef DSQL_CONTROL_TAGS_H_
#define DSQL_CONTROL_TAGS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/control/quotas.h"
#include "google/protobuf/map.h"

namespace dsql {

using TagMap = google::protobuf::Map<std::string, std::string>;

// Checks all tags that a resource is to have by the rules that the service
// model does not state. `resource_arn` is for the error's text.
//
// Errors: ValidationException where a key starts with the reserved "aws:";
//   ServiceQuotaExceededException past Quotas::tags_per_resource.
absl::Status CheckTags(const TagMap& tags, absl::string_view resource_arn,
                       const Quotas& quotas);

}  // namespace dsql

#endif  // DSQL_CONTROL_TAGS_H_
