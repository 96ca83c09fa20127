// SPDX-License-Identifier: Apache-2.0

// What a client says of itself when it connects, and who it turns out to be.

#ifndef DSQL_GATEWAY_LOGIN_LOGIN_H_
#define DSQL_GATEWAY_LOGIN_LOGIN_H_

#include <string>
#include <utility>
#include <vector>

#include "dsql/iam/request_context.h"

namespace dsql {

struct LoginRequest {
  std::string user;
  std::string database;
  // An authentication token on DSQL. Never logged.
  std::string password;
  // An address without a port; empty where the client came by a VPC endpoint,
  // as aws:SourceIp is of the public network.
  std::string source_ip;
  // By SNI; empty where the client named no host.
  std::string server_name;
  // Whether the connection is encrypted.
  bool secure = false;
  // What is known of the way by which the client came: aws:SourceVpce,
  // aws:SourceVpc and aws:VpcSourceIp of a VPC endpoint.
  RequestContext context;
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
