// SPDX-License-Identifier: Apache-2.0

// Cutting a stream of bytes into messages.

#ifndef DSQL_PGWIRE_FRAMING_H_
#define DSQL_PGWIRE_FRAMING_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::pgwire {

// The type and the length of a message.
constexpr size_t kHeaderSize = 5;

// DSQL's cap: a longer message ends the connection.
// Seen at AWS's endpoints; PostgreSQL's own is 1 GiB.
constexpr size_t kMaxMessageSize = 10 * 1024 * 1024;

struct Message {
  char type;
  // Without type and length.
  absl::string_view body;
  // All of it.
  absl::string_view bytes;
};

// The type and whole size of the message that `buffer` begins with; nullopt
// where its header is not complete yet.
//
// Errors: SqlError() 08P01, FATAL, "invalid message length", where the length
//   is less than that of itself or the message is longer than `max_size`.
struct Header {
  char type;
  size_t size;
};
absl::StatusOr<absl::optional<Header>> PeekHeader(absl::string_view buffer,
                                                  size_t max_size);

// The message that `buffer` begins with; nullopt where it is not complete.
//
// Errors: as PeekHeader().
absl::StatusOr<absl::optional<Message>> NextMessage(
    absl::string_view buffer, size_t max_size = kMaxMessageSize);

// The first message of `buffer`, which must hold it whole: for bytes that were
// framed before. Removes it from `buffer`.
Message TakeMessage(absl::string_view* buffer);

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_FRAMING_H_
