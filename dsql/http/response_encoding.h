// SPDX-License-Identifier: Apache-2.0

// HTTP answers into bytes, without any I/O.

#ifndef DSQL_HTTP_RESPONSE_ENCODING_H_
#define DSQL_HTTP_RESPONSE_ENCODING_H_

#include <string>

#include "dsql/http/http_message.h"

namespace dsql {
namespace http {

// What an answer's form depends on besides the answer.
struct ResponseContext {
  // The request was HEAD: the length of the body is told, the body is not sent.
  bool head = false;
  bool http_1_1 = true;
  bool keep_alive = true;
};

// The whole answer, so that it can be sent at once. Line breaks in header
// values become spaces.
std::string EncodeResponse(const HttpResponse& response,
                           const ResponseContext& context);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_RESPONSE_ENCODING_H_
