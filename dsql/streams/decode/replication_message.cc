// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/decode/replication_message.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "boost/endian/conversion.hpp"

namespace dsql::streams {
namespace {

// Type, start, end and the server's time; type, end, time and whether an answer
// is wanted.
constexpr size_t kWalDataHeader = 1 + 3 * 8;
constexpr size_t kKeepalive = 1 + 2 * 8 + 1;

uint64_t Number(absl::string_view bytes, size_t at) {
  return boost::endian::load_big_u64(
      reinterpret_cast<const unsigned char*>(bytes.data()) + at);
}

void AppendNumber(uint64_t number, std::string* bytes) {
  unsigned char big[8];
  boost::endian::store_big_u64(big, number);
  bytes->append(reinterpret_cast<const char*>(big), sizeof(big));
}

}  // namespace

absl::StatusOr<ReplicationMessage> ParseReplicationMessage(
    absl::string_view bytes) {
  if (bytes.size() >= kWalDataHeader && bytes[0] == 'w') {
    return ReplicationMessage(WalData{Number(bytes, 1), Number(bytes, 9),
                                      bytes.substr(kWalDataHeader)});
  }
  if (bytes.size() == kKeepalive && bytes[0] == 'k') {
    return ReplicationMessage(
        Keepalive{Number(bytes, 1), bytes[kKeepalive - 1] != 0});
  }
  return absl::InvalidArgumentError(
      absl::StrCat("PostgreSQL sent no message of replication: ",
                   absl::CHexEscape(bytes.substr(0, kWalDataHeader))));
}

std::string EncodeStatusUpdate(Lsn lsn) {
  std::string bytes = "r";
  // Written, flushed, applied.
  for (int i = 0; i < 3; ++i) AppendNumber(lsn, &bytes);
  // The client's time, which nobody looks at.
  AppendNumber(0, &bytes);
  // No answer is wanted.
  bytes.push_back('\0');
  return bytes;
}

std::string FormatLsn(Lsn lsn) {
  return absl::StrFormat("%X/%X", lsn >> 32, lsn & 0xFFFFFFFF);
}

}  // namespace dsql::streams
