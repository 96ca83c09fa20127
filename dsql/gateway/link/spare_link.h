// SPDX-License-Identifier: Apache-2.0

// A connection to the server that is there before its client has logged in.

#ifndef DSQL_GATEWAY_LINK_SPARE_LINK_H_
#define DSQL_GATEWAY_LINK_SPARE_LINK_H_

#include <memory>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/link/server_address.h"
#include "dsql/gateway/link/server_link.h"

namespace dsql {

// PostgreSQL takes as long to make a session as TLS does to shake hands, so
// both happen at once where a client is expected.
//
// Used on the gateway's thread alone.
class SpareLink {
 public:
  // Opens one, unless there is one to `address`. The caller keeps this alive
  // meanwhile. What fails is told to nobody: who logs in will see it again.
  boost::asio::awaitable<void> Open(boost::asio::any_io_executor executor,
                                    const ServerAddress& address,
                                    const Settings& parameters);

  // Makes it `*link`, where it is one to `address` with `parameters` and as
  // good as new.
  boost::asio::awaitable<bool> Take(const ServerAddress& address,
                                    const Settings& parameters,
                                    ServerLink* link);

  void Close();

 private:
  // Whoever opens it and whoever takes it share it.
  struct Spare;

  std::shared_ptr<Spare> spare_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_SPARE_LINK_H_
