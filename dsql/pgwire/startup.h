// SPDX-License-Identifier: Apache-2.0

// The messages that open a connection; they alone have no type.

#ifndef DSQL_PGWIRE_STARTUP_H_
#define DSQL_PGWIRE_STARTUP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::pgwire {

// Which backend a CancelRequest is about. `secret` has 4 bytes in protocol 3.0,
// up to 256 in 3.2.
struct BackendKey {
  int32_t pid = 0;
  std::string secret;
};

// What stands for a version in a packet that asks for encryption; of a major
// version 1234.
constexpr int32_t kSslRequest = 80877103;
constexpr int32_t kGssEncRequest = 80877104;

struct StartupPacket {
  enum class Kind { kSslRequest, kGssEncRequest, kCancelRequest, kStartup };

  Kind kind = Kind::kStartup;
  // Of the packet.
  size_t size = 0;
  // kStartup.
  uint16_t major = 0;
  uint16_t minor = 0;
  std::vector<std::pair<std::string, std::string>> parameters;
  // kCancelRequest.
  BackendKey key;

  // The last value of a parameter; empty where it is absent.
  absl::string_view Find(absl::string_view name) const;
};

// PostgreSQL's own limit, MAX_STARTUP_PACKET_LENGTH, without the length itself.
constexpr size_t kMaxStartupSize = 10000;

// The packet that `buffer` begins with; nullopt where it is not complete.
//
// Errors: SqlError() 08P01 for a length out of range or a malformed packet,
//   0A000 for a major version other than 3, as PostgreSQL has them.
absl::StatusOr<absl::optional<StartupPacket>> DecodeStartup(
    absl::string_view buffer);

std::string EncodeStartup(
    const std::vector<std::pair<std::string, std::string>>& parameters);
std::string EncodeCancelRequest(const BackendKey& key);

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_STARTUP_H_
