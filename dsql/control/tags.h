// Tags of any resource.

#ifndef DSQL_CONTROL_TAGS_H_
#define DSQL_CONTROL_TAGS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/map.h"

namespace dsql {

using TagMap = google::protobuf::Map<std::string, std::string>;

// The part of tags' rules that the service model does not state.
//
// Errors: ValidationException where a key starts with the reserved "aws:".
absl::Status CheckTags(const TagMap& tags);

}  // namespace dsql

#endif  // DSQL_CONTROL_TAGS_H_
