// SPDX-License-Identifier: Apache-2.0

// Keeps secrets out of logs.

#ifndef DSQL_HTTP_REDACTION_H_
#define DSQL_HTTP_REDACTION_H_

#include <string>

#include "absl/strings/string_view.h"

namespace dsql {
namespace http {

// `text` with "REDACTED" in the place of what lets its reader call AWS in
// another's name: the values of the query parameters X-Amz-Signature,
// X-Amz-Security-Token and X-Amz-Credential, and of the header
// X-Amz-Security-Token. `text` is a request target or lines of which some are
// targets, queries or headers, such as a canonical request.
std::string Redact(absl::string_view text);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_REDACTION_H_
