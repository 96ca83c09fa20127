// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/startup.h"

#include "boost/endian/conversion.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/pgwire/protocol_error.h"
#include "dsql/pgwire/unsupported_version.h"
#include "dsql/pgwire/wire_reader.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql::pgwire {
namespace {

// In the place of a version, as the two of the header.
constexpr int32_t kCancelRequest = 80877102;
constexpr int32_t kVersion30 = 3 << 16;
constexpr size_t kLengthSize = 4;
constexpr size_t kSmallestSize = 8;
constexpr size_t kLongestSecret = 256;

absl::Status Malformed() {
  return ProtocolError(
      "invalid startup packet layout: expected terminator as "
      "last byte");
}

absl::Status DecodeParameters(WireReader* reader, StartupPacket* packet) {
  while (reader->ok()) {
    const absl::string_view name = reader->CString();
    if (name.empty()) break;
    packet->parameters.emplace_back(name, reader->CString());
  }
  return reader->done() ? absl::OkStatus() : Malformed();
}

absl::Status DecodeCancel(WireReader* reader, StartupPacket* packet) {
  packet->kind = StartupPacket::Kind::kCancelRequest;
  packet->key.pid = reader->Int32();
  packet->key.secret = std::string(reader->Rest());
  const size_t size = packet->key.secret.size();
  if (reader->ok() && size >= 4 && size <= kLongestSecret) {
    return absl::OkStatus();
  }
  return absl::DataLossError("invalid length of cancel request packet");
}

absl::Status DecodeBody(WireReader* reader, StartupPacket* packet) {
  const int32_t code = reader->Int32();
  if (code == kCancelRequest) return DecodeCancel(reader, packet);
  if (code == kSslRequest || code == kGssEncRequest) {
    packet->kind = code == kSslRequest ? StartupPacket::Kind::kSslRequest
                                       : StartupPacket::Kind::kGssEncRequest;
    return reader->done() ? absl::OkStatus() : Malformed();
  }
  packet->major = static_cast<uint16_t>(code >> 16);
  packet->minor = static_cast<uint16_t>(code & 0xffff);
  if (packet->major != 3) return UnsupportedVersion(code);
  return DecodeParameters(reader, packet);
}

}  // namespace

absl::string_view StartupPacket::Find(absl::string_view name) const {
  absl::string_view found;
  for (const auto& parameter : parameters) {
    if (parameter.first == name) found = parameter.second;
  }
  return found;
}

absl::StatusOr<absl::optional<StartupPacket>> DecodeStartup(
    absl::string_view buffer) {
  if (buffer.size() < kLengthSize) return absl::optional<StartupPacket>();
  StartupPacket packet;
  packet.size = boost::endian::load_big_u32(
      reinterpret_cast<const unsigned char*>(buffer.data()));
  if (packet.size < kSmallestSize ||
      packet.size > kLengthSize + kMaxStartupSize) {
    return absl::DataLossError("invalid length of startup packet");
  }
  if (buffer.size() < packet.size) return absl::optional<StartupPacket>();
  WireReader reader(buffer.substr(kLengthSize, packet.size - kLengthSize));
  DSQL_RETURN_IF_ERROR(DecodeBody(&reader, &packet));
  return absl::optional<StartupPacket>(std::move(packet));
}

std::string EncodeStartup(
    const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string bytes;
  {
    WireWriter writer('\0', &bytes);
    writer.Int32(kVersion30);
    for (const auto& parameter : parameters) {
      writer.CString(parameter.first).CString(parameter.second);
    }
    writer.Byte(0);
  }
  return bytes;
}

std::string EncodeCancelRequest(const BackendKey& key) {
  std::string bytes;
  WireWriter('\0', &bytes)
      .Int32(kCancelRequest)
      .Int32(key.pid)
      .Bytes(key.secret);
  return bytes;
}

}  // namespace dsql::pgwire
