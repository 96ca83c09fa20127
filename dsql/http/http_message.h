// SPDX-License-Identifier: Apache-2.0

// HTTP requests and answers as plain values, free of any HTTP library.

#ifndef DSQL_HTTP_HTTP_MESSAGE_H_
#define DSQL_HTTP_HTTP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {
namespace http {

// Names in any case and values, in their order, repeated names included.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

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

// Returns the first value of a header, or nullopt. `name` has no case.
inline absl::optional<std::string> FindHeader(const HttpHeaders& headers,
                                              absl::string_view name) {
  for (const auto& header : headers) {
    if (absl::EqualsIgnoreCase(header.first, name)) return header.second;
  }
  return absl::nullopt;
}

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_HTTP_MESSAGE_H_
