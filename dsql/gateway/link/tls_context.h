// SPDX-License-Identifier: Apache-2.0

// The server's side of TLS of an endpoint.

#ifndef DSQL_GATEWAY_LINK_TLS_CONTEXT_H_
#define DSQL_GATEWAY_LINK_TLS_CONTEXT_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "boost/asio/ssl/context.hpp"

namespace dsql {

// OpenSSL takes half a millisecond to make it, so it is made when the first
// client has been told that there is TLS, who makes its own at the same time.
//
// Used on the gateway's thread alone.
class TlsContext {
 public:
  using Make = std::function<absl::StatusOr<std::shared_ptr<SSL_CTX>>()>;

  // Null: there is no TLS.
  explicit TlsContext(Make make) : make_(std::move(make)) {}

  bool available() const { return make_ != nullptr; }

  // Throws StatusError where it cannot be made.
  boost::asio::ssl::context* Get();

 private:
  const Make make_;
  absl::optional<boost::asio::ssl::context> context_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_TLS_CONTEXT_H_
