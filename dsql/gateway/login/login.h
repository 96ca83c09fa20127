// What a client says of itself when it connects, and who it turns out to be.

#ifndef DSQL_GATEWAY_LOGIN_LOGIN_H_
#define DSQL_GATEWAY_LOGIN_LOGIN_H_

#include <string>
#include <utility>
#include <vector>

namespace dsql {

struct LoginRequest {
  std::string user;
  std::string database;
  // An authentication token on DSQL. Never logged.
  std::string password;
  // An address without a port.
  std::string source_ip;
  // By SNI; empty where the client named no host.
  std::string server_name;
  // Whether the connection is encrypted.
  bool secure = false;
  // All that the startup message had, in its order.
  std::vector<std::pair<std::string, std::string>> startup_parameters;
};

struct Login {
  // The PostgreSQL role of the session.
  std::string role;
  // The IAM principal behind it; empty where nobody asked.
  std::string principal_arn;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_LOGIN_H_
