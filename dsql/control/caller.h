// SPDX-License-Identifier: Apache-2.0

// Who calls an operation, and which way.

#ifndef DSQL_CONTROL_CALLER_H_
#define DSQL_CONTROL_CALLER_H_

#include <string>

#include "absl/types/optional.h"

namespace dsql {

// Where calls of C++ come from.
constexpr char kLoopback[] = "127.0.0.1";

enum class Transport {
  // A method of a manager: FakeDsql::clusters() and the like.
  kCpp,
  kHttp,
};

struct Caller {
  Transport transport = Transport::kCpp;
  // The ARN of who signed the request, or of FakeDsql::As(). Empty for other
  // calls of C++, and where signatures are not verified.
  std::string principal_arn;
  // The header x-amzn-RequestId of the answer. Empty for C++.
  std::string request_id;
  // Of CredentialStore, whose principal needs permissions. nullopt: nobody asks
  // for any.
  absl::optional<std::string> access_key_id = absl::nullopt;
  // Where the request came from, an address without a port.
  std::string source_ip = kLoopback;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_CALLER_H_
