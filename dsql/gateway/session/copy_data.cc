// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/copy_data.h"

#include "absl/strings/str_cat.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/protocol_error.h"

namespace dsql {

using pgwire::FrontendType;
using pgwire::Message;

boost::asio::awaitable<bool> ReadCopyData(ClientStream* client,
                                          size_t max_message_size,
                                          std::string* data) {
  const Message message = co_await client->ReadMessage(max_message_size);
  bool more = true;
  switch (message.type) {
    case FrontendType::kCopyDone:
    case FrontendType::kCopyFail:
      more = false;
      [[fallthrough]];
    case FrontendType::kCopyData:
      data->append(message.bytes.data(), message.bytes.size());
      break;
    case FrontendType::kFlush:
    case FrontendType::kSync:
      break;  // PostgreSQL ignores them here.
    default: {
      // As PostgreSQL, which does not know what comes after it.
      v1::SqlErrorDetail error;
      error.set_sqlstate("08P01");
      error.set_message(absl::StrCat(
          "unexpected message type 0x",
          absl::Hex(static_cast<unsigned char>(message.type), absl::kZeroPad2),
          " during COPY from stdin"));
      std::string told;
      pgwire::EncodeErrorResponse(error, &told);
      co_await client->Write(told);
      throw StatusError(pgwire::ProtocolError(
          "terminating connection because protocol synchronization was lost"));
    }
  }
  client->buffer().Consume(message.bytes.size());
  co_return more;
}

}  // namespace dsql
