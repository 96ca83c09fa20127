// SPDX-License-Identifier: Apache-2.0

// HTTP requests and answers as plain values, free of any HTTP library.

#ifndef DSQL_HTTP_HTTP_MESSAGE_H_
#define DSQL_HTTP_HTTP_MESSAGE_H_

#include <string>

#include "dsql/iam/sigv4_request.h"

namespace dsql {
namespace http {

using HttpHeaders = HeaderFields;

struct HttpRequest {
  std::string method;
  // As on the wire, percent-encoded, but without an origin
  // ("http://host:80"), which proxies send: "/tags/arn%3Aaws?tagKeys=a".
  std::string target;
  HttpHeaders headers;
  // Without the framing of chunks.
  std::string body;
  // Where it came from, without a port; empty where nobody knows.
  std::string peer_address = {};
};

// Content-Length and Connection are the server's to add.
struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
};

// What signatures find headers by.
using ::dsql::FindHeader;

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_HTTP_MESSAGE_H_
