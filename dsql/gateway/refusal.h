// Telling a PostgreSQL client why it is not let in.

#ifndef DSQL_GATEWAY_REFUSAL_H_
#define DSQL_GATEWAY_REFUSAL_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace dsql {

// Bytes of the messages that a client may open a connection with: their length,
// and a code in place of a protocol version for those that ask for encryption.
constexpr size_t kStartupHeaderSize = 8;
constexpr uint32_t kMaxStartupSize = 10000;  // PostgreSQL's own limit

struct StartupHeader {
  static StartupHeader Decode(const unsigned char (&bytes)[kStartupHeaderSize]);

  // True for SSLRequest and GSSENCRequest, which are answered with 'N' and
  // followed by another of these messages.
  bool AsksForEncryption() const;

  // Of the whole message.
  uint32_t length;
  uint32_t code;
};

// An ErrorResponse of severity FATAL for `status`: with its own fields where it
// carries a SqlErrorDetail, else with SQLSTATE 08006.
std::string EncodeRefusal(const absl::Status& status);

}  // namespace dsql

#endif  // DSQL_GATEWAY_REFUSAL_H_
