// SPDX-License-Identifier: Apache-2.0

// JSON, as AWS's clients send it, into messages.

#ifndef DSQL_HTTP_JSON_READER_H_
#define DSQL_HTTP_JSON_READER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace dsql {
namespace http {

// Sets the members of `message` that travel in the body
// (dsql/v1/annotations.proto) from a JSON object. A null is an absent member;
// members that the message does not have, or that travel elsewhere, are
// ignored. A text that an enum does not have sets its zero value, which
// validation refuses together with all else that is wrong
// (dsql/control/model_validator.h).
//
// Not protobuf's own parser: that one takes "1" for a number and snake_case for
// names, and drops an unknown enum value without a trace.
//
// Errors: ValidationException(cannotParse) for malformed JSON, and for a value
//   of the wrong type; ModelValidator::MissingMember() for a list or map that
//   is required and not there. `message` is unspecified then.
absl::Status ReadJson(absl::string_view json,
                      google::protobuf::Message* message);

// ValidationException(cannotParse): the member `name` must be `expected`, "an
// integer".
absl::Status WrongType(absl::string_view name, absl::string_view expected);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_JSON_READER_H_
