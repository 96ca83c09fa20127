// SPDX-License-Identifier: Apache-2.0

// AWS's exceptions as HTTP answers.

#ifndef DSQL_HTTP_ERROR_RESPONSE_H_
#define DSQL_HTTP_ERROR_RESPONSE_H_

#include <string>

#include "absl/status/status.h"
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

// An exception that is not of the service model, because it comes before any
// operation.
struct HttpException {
  int http_status;
  // "UnknownOperationException".
  std::string name;
  std::string message;
};

// The same for such an exception.
HttpResponse ErrorResponse(const HttpException& exception);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_ERROR_RESPONSE_H_
