// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/copy_data.h"

#include "absl/strings/str_cat.h"
#include "dsql/pgwire/frontend.h"

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
      // As PostgreSQL: the message is lost, and the COPY fails.
      pgwire::EncodeCopyFail(
          absl::StrCat("unexpected message type 0x",
                       absl::Hex(static_cast<unsigned char>(message.type),
                                 absl::kZeroPad2),
                       " during COPY from stdin"),
          data);
      more = false;
      break;
    }
  }
  client->buffer().Consume(message.bytes.size());
  co_return more;
}

}  // namespace dsql
