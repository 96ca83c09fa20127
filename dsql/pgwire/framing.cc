// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/framing.h"

#include "boost/endian/conversion.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/pgwire/protocol_error.h"

namespace dsql::pgwire {
namespace {

size_t SizeOf(absl::string_view buffer) {
  return size_t{1} +
         boost::endian::load_big_u32(
             reinterpret_cast<const unsigned char*>(buffer.data()) + 1);
}

Message FirstMessage(absl::string_view buffer, size_t size) {
  return {buffer[0], buffer.substr(kHeaderSize, size - kHeaderSize),
          buffer.substr(0, size)};
}

}  // namespace

absl::StatusOr<absl::optional<Header>> PeekHeader(absl::string_view buffer,
                                                  size_t max_size) {
  if (buffer.size() < kHeaderSize) return absl::optional<Header>();
  const size_t size = SizeOf(buffer);
  if (size < kHeaderSize || size > max_size) {
    return ProtocolError("invalid message length");
  }
  return absl::optional<Header>(Header{buffer[0], size});
}

absl::StatusOr<absl::optional<Message>> NextMessage(absl::string_view buffer,
                                                    size_t max_size) {
  DSQL_ASSIGN_OR_RETURN(const absl::optional<Header> header,
                        PeekHeader(buffer, max_size));
  if (!header.has_value() || buffer.size() < header->size) {
    return absl::optional<Message>();
  }
  return absl::optional<Message>(FirstMessage(buffer, header->size));
}

Message TakeMessage(absl::string_view* buffer) {
  const Message message = FirstMessage(*buffer, SizeOf(*buffer));
  buffer->remove_prefix(message.bytes.size());
  return message;
}

}  // namespace dsql::pgwire
