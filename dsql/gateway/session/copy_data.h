// SPDX-License-Identifier: Apache-2.0

// What a client sends after CopyInResponse.

#ifndef DSQL_GATEWAY_SESSION_COPY_DATA_H_
#define DSQL_GATEWAY_SESSION_COPY_DATA_H_

#include <cstddef>
#include <string>

#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/link/client_stream.h"

namespace dsql {

// Appends the client's next message of COPY data to `data`; false after the
// last: CopyDone, CopyFail. For one that does not belong here: tells the client
// and throws StatusError.
boost::asio::awaitable<bool> ReadCopyData(ClientStream* client,
                                          size_t max_message_size,
                                          std::string* data);

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_COPY_DATA_H_
