// SPDX-License-Identifier: Apache-2.0

// One client of an HttpServer.

#ifndef DSQL_HTTP_CONNECTION_H_
#define DSQL_HTTP_CONNECTION_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_set>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "boost/asio.hpp"
#include "dsql/http/http_handler.h"
#include "dsql/http/http_message.h"
#include "dsql/http/http_server.h"
#include "dsql/http/leader_threads.h"
#include "dsql/http/request_parser.h"
#include "dsql/http/response_encoding.h"

namespace dsql {
namespace http {

class Connection;

// HttpServerState is what the connections of a server share. `stopping` and
// `connections` are used on the leading thread only.
struct HttpServerState {
  HttpServerState(const HttpServerOptions& options, HttpHandler* handler)
      : options(options), handler(handler), threads(options.handler_threads) {}

  const HttpServerOptions options;
  HttpHandler* const handler;
  LeaderThreads threads;
  bool stopping = false;
  // Open ones; `drained` is notified when there are none left while stopping.
  std::unordered_set<std::shared_ptr<Connection>> connections;
  absl::Notification drained;
};

// Connection serves one request after the other. All methods run on the leading
// thread, but for Run(). Owned by what it waits for, and by HttpServerState
// until it is closed.
class Connection : public LeaderThreads::Task,
                   public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, HttpServerState* state);

  // Serves what came, and then what comes, until one side has had enough.
  void Serve();

  // Ends the connection, unless a request is in flight and may end in time.
  void Stop();

  void Close();

  // Of its request: what the handler answers.
  void Run() override;
  void Finish() override;

 private:
  // What happens when the time is over.
  enum class Expiry { kNothing, kClose, kRefuse };

  void Read();
  void SendContinue();
  void Handle();
  // Answers that what came is no request, and ends the connection.
  void Refuse(int status, absl::string_view message);
  void BeginAnswer();
  void Answer(const HttpResponse& response);
  // Sends what the client did not take at once.
  void SendRest(size_t sent);
  void EndAnswer();
  void Linger();

  // Replaces what was set before.
  void SetDeadline(absl::Duration timeout, Expiry expiry);
  void StartTimer();
  void OnTimer();

  HttpServerState& state_;
  boost::asio::ip::tcp::socket socket_;
  const std::string peer_address_;

  // Its wait is begun anew only for a deadline before it, so that requests that
  // are answered in time cost it nothing.
  boost::asio::steady_timer timer_;
  bool timer_runs_ = false;
  std::chrono::steady_clock::time_point deadline_;
  Expiry expiry_ = Expiry::kNothing;

  std::array<char, 8 * 1024> buffer_;
  // What came and is not parsed yet.
  std::string inbox_;
  RequestParser parser_;
  // Waiting for a request; for the rest of one; for its answer.
  bool idle_ = false;
  bool in_request_ = false;
  bool in_flight_ = false;
  bool continued_ = false;
  bool refused_ = false;
  bool keep_alive_ = true;
  // The request in flight and its answer.
  HttpRequest request_;
  HttpResponse response_;
  ResponseContext context_;
  std::string outbox_;
  size_t lingered_ = 0;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_CONNECTION_H_
