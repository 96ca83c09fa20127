// SPDX-License-Identifier: Apache-2.0

// Listening sockets and the sessions of those who connected to them.

#ifndef DSQL_GATEWAY_ENDPOINT_H_
#define DSQL_GATEWAY_ENDPOINT_H_

#include <memory>
#include <string>
#include <vector>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/entrance.h"
#include "dsql/gateway/session/session_set.h"

namespace dsql {

// Used on the gateway's thread alone.
class Endpoint : public std::enable_shared_from_this<Endpoint> {
 public:
  // Requires: there is an acceptor.
  Endpoint(std::vector<boost::asio::ip::tcp::acceptor> acceptors,
           std::shared_ptr<Entrance> entrance);

  // Accepts connections until Close().
  void Start();
  // Ends the sockets and all sessions that came in by them.
  void Close();
  void DropConnections() { sessions_.CloseAll(); }

 private:
  boost::asio::awaitable<void> Accept(boost::asio::ip::tcp::acceptor* acceptor);
  void StartSession(boost::asio::ip::tcp::socket client);
  // While there are sessions: ends those whose clients have left.
  boost::asio::awaitable<void> Watch();

  std::vector<boost::asio::ip::tcp::acceptor> acceptors_;
  const std::shared_ptr<Entrance> entrance_;
  SessionSet sessions_;
  boost::asio::steady_timer watch_timer_;
  bool watching_ = false;
};

// Opens a connection to a cluster's server for a client that will log in so.
boost::asio::awaitable<void> ExpectConnection(
    boost::asio::any_io_executor executor,
    std::shared_ptr<EndpointState> cluster, Login login, std::string database);

}  // namespace dsql

#endif  // DSQL_GATEWAY_ENDPOINT_H_
