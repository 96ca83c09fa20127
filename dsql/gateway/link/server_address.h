// SPDX-License-Identifier: Apache-2.0

// Where a PostgreSQL server is, and what it is told of a client.

#ifndef DSQL_GATEWAY_LINK_SERVER_ADDRESS_H_
#define DSQL_GATEWAY_LINK_SERVER_ADDRESS_H_

#include <string>
#include <utility>
#include <vector>

namespace dsql {

// Names and values, as of a startup message.
using Settings = std::vector<std::pair<std::string, std::string>>;

// Where a PostgreSQL server listens, as libpq names it: a host or address, or
// the directory of a unix socket; and a port.
struct ServerAddress {
  std::string host;
  std::string port;
  // The role there that `admin` is, and the database that `postgres` is, where
  // they have other names.
  std::string admin;
  std::string postgres;
  // The startup message of connections for the gateway's own questions: those
  // of the superuser, whom no limit of a client's role concerns and whose
  // search_path has no names of clients.
  Settings internal;

  bool operator==(const ServerAddress& other) const {
    return host == other.host && port == other.port && admin == other.admin &&
           postgres == other.postgres && internal == other.internal;
  }
  bool operator!=(const ServerAddress& other) const {
    return !(*this == other);
  }
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_SERVER_ADDRESS_H_
