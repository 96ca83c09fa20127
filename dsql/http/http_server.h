// SPDX-License-Identifier: Apache-2.0

// An HTTP/1.1 server inside the process.

#ifndef DSQL_HTTP_HTTP_SERVER_H_
#define DSQL_HTTP_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/http/http_handler.h"
#include "dsql/http/request_parser.h"

namespace dsql {
namespace http {

// HttpServerOptions says where a server listens, and how long it waits.
struct HttpServerOptions {
  // An IPv4 or IPv6 address. Loopback keeps other machines out.
  std::string bind_address = "127.0.0.1";
  // 0: any free one.
  int port = 0;
  RequestLimits limits;
  // Requests that are answered at the same time; others wait. At least 1.
  int handler_threads = 8;
  // A connection without a request ends after this time.
  absl::Duration idle_timeout = absl::Minutes(5);
  // From the first byte of a request to its last.
  absl::Duration request_timeout = absl::Seconds(20);
  // For a client to take an answer.
  absl::Duration answer_timeout = absl::Seconds(20);
};

// HttpServer serves all connections on one thread, which calls the handler;
// where that takes longer than a moment, another one serves them meanwhile
// (leader_threads.h). Speaks HTTP/1.1 and 1.0: keep-alive, pipelining (answers
// in the order of requests, one at a time), chunked requests, `Expect:
// 100-continue`. Each answer is one write, unless the client is slow to take
// it.
//
// Timeouts are of the machine's clock. Thread-safe.
class HttpServer {
 public:
  // Listens when it returns. `handler` is not owned and must outlive the
  // server.
  //
  // Errors: AlreadyExists where the port is taken; PermissionDenied;
  //   InvalidArgument for an address or port that cannot be one, or no handler
  //   thread; Unavailable for other reasons.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const HttpServerOptions& options, HttpHandler* handler);

  // Stops with a deadline of no time.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

  // "http://127.0.0.1:<port>". A server of all addresses is reached by
  // loopback.
  std::string url() const;

  // Accepts no more connections, ends those that wait for a request and, after
  // their answer, those with a request in flight; what is left after `deadline`
  // is cut off. Returns when the handler has returned from every request, which
  // cannot be hurried. Idempotent; blocks until the first call is done.
  void Stop(absl::Duration deadline);

 private:
  class Impl;

  explicit HttpServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_HTTP_SERVER_H_
