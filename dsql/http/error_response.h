// AWS's exceptions as HTTP answers.

#ifndef DSQL_HTTP_ERROR_RESPONSE_H_
#define DSQL_HTTP_ERROR_RESPONSE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/http/http_message.h"

namespace dsql {
namespace http {

// The answer for a failed operation: the HTTP status of the exception that
// `status` carries, its shape in the header x-amzn-ErrorType, its members in a
// JSON body and, where the model puts them, in headers (Retry-After). Where it
// carries none, InternalServerException.
//
// Requires: `status` is not OK.
HttpResponse ErrorResponse(const absl::Status& status);

// The same for an exception that is not of the service model, because it comes
// before any operation: "UnknownOperationException".
HttpResponse ErrorResponse(int http_status, absl::string_view exception,
                           absl::string_view message);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_ERROR_RESPONSE_H_
