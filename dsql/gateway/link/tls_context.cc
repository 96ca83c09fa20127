// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/tls_context.h"

#include "dsql/gateway/link/status_error.h"

namespace dsql {

boost::asio::ssl::context* TlsContext::Get() {
  if (!context_.has_value()) {
    const std::shared_ptr<SSL_CTX> made = ValueOrThrow(make_());
    SSL_CTX_up_ref(made.get());  // For Asio, which frees it.
    context_.emplace(made.get());
  }
  return &*context_;
}

}  // namespace dsql
