// SPDX-License-Identifier: Apache-2.0

// What an HttpServer asks for its answers.

#ifndef DSQL_HTTP_HTTP_HANDLER_H_
#define DSQL_HTTP_HTTP_HANDLER_H_

#include "absl/strings/string_view.h"
#include "dsql/http/http_message.h"

namespace dsql {
namespace http {

// Implementations must be thread-safe and must not throw.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Answers a request. May take long, while others are answered.
  virtual HttpResponse Handle(const HttpRequest& request) = 0;

  // Answers what never became a request, because it is malformed (400), too
  // slow (408) or too large (413, 431), say. Must not take long: it holds up
  // every connection.
  virtual HttpResponse Refuse(int status, absl::string_view message) = 0;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_HTTP_HANDLER_H_
