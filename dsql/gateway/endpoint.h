// A listening socket and the sessions of those who connected to it.

#ifndef DSQL_GATEWAY_ENDPOINT_H_
#define DSQL_GATEWAY_ENDPOINT_H_

#include <memory>
#include <set>
#include <string>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/session.h"

namespace dsql {

// Used on the gateway's thread alone.
class Endpoint : public std::enable_shared_from_this<Endpoint> {
 public:
  Endpoint(boost::asio::ip::tcp::acceptor acceptor,
           std::shared_ptr<EndpointState> state);

  // Accepts connections until Close().
  boost::asio::awaitable<void> Run();
  // Opens a connection to the server for a client that will say these names.
  boost::asio::awaitable<void> ExpectConnection(std::string user,
                                                std::string database);
  // Ends the socket and all sessions.
  void Close();
  void DropConnections();

 private:
  void Start(boost::asio::ip::tcp::socket client);
  void ForgetEndedSessions();
  // While there are sessions: ends those whose clients have left.
  boost::asio::awaitable<void> Watch();

  boost::asio::ip::tcp::acceptor acceptor_;
  const std::shared_ptr<EndpointState> state_;
  std::set<std::weak_ptr<Session>, std::owner_less<std::weak_ptr<Session>>>
      sessions_;
  boost::asio::steady_timer watch_timer_;
  bool watching_ = false;
  // How many sessions there may be before ended ones are looked for.
  size_t sweep_at_ = 64;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_ENDPOINT_H_
