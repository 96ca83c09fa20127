// SPDX-License-Identifier: Apache-2.0

// The bytes of a connection into HTTP/1 requests, without any I/O.

#ifndef DSQL_HTTP_REQUEST_PARSER_H_
#define DSQL_HTTP_REQUEST_PARSER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/http/http_message.h"

namespace dsql {
namespace http {

struct RequestLimits {
  // Bytes of the request line and the headers together.
  size_t header_bytes = 128 * 1024;
  // Bytes of the body, without the framing of chunks.
  size_t body_bytes = 1024 * 1024;
};

// Takes one request after the other from a connection's bytes:
//
//   inbox.erase(0, parser.Parse(inbox));
//   if (parser.done()) Answer(parser.TakeRequest());
//
// Thread-compatible.
class RequestParser {
 public:
  explicit RequestParser(const RequestLimits& limits);
  ~RequestParser();

  // Takes what it can of `bytes` and returns how much that was; the rest, in
  // front of later bytes, must be given again. Takes nothing beyond the end of
  // a request, nor after failed().
  size_t Parse(absl::string_view bytes);

  // A request has begun.
  bool started() const;

  // A request is complete.
  bool done() const;

  // The client waits for "100 Continue" before it sends the body. True until
  // the body begins.
  bool awaits_continue() const;

  // The request is malformed or too large; the connection cannot go on.
  bool failed() const { return failure_status_ != 0; }
  // 400, 413, 417, 431 or 501, and why.
  int failure_status() const { return failure_status_; }
  const std::string& failure_message() const { return failure_message_; }

  // Of the request that is done(): whether the client wants to send another
  // over this connection, and speaks HTTP/1.1 rather than 1.0.
  bool keep_alive() const;
  bool is_http_1_1() const;

  // Returns the request that is done() and begins the next. Requires: done().
  HttpRequest TakeRequest();

 private:
  class Impl;

  size_t ParseSome(absl::string_view bytes);
  void CheckHeader();
  void Fail(int status, absl::string_view message);

  const RequestLimits limits_;
  std::unique_ptr<Impl> impl_;
  bool header_checked_ = false;
  bool body_begun_ = false;
  int failure_status_ = 0;
  std::string failure_message_;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_REQUEST_PARSER_H_
