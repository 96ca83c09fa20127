// SPDX-License-Identifier: Apache-2.0

// HTTP requests into the inputs of operations.

#ifndef DSQL_HTTP_BINDING_H_
#define DSQL_HTTP_BINDING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace dsql {
namespace http {

// Names and values, decoded.
using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// Sets each member of `input` from where the model says that it travels
// (dsql/v1/annotations.proto): the labels of the URI, the query or the body.
// Parameters that no member has are ignored, a body is where no member travels
// in one. Of a parameter that is given repeatedly but is no list, the first
// counts.
//
// Errors: those of ReadJson(), for other members as well.
absl::Status BindRequest(const NamedTexts& labels, const NamedTexts& query,
                         absl::string_view body,
                         google::protobuf::Message* input);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_BINDING_H_
