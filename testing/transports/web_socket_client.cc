// SPDX-License-Identifier: Apache-2.0

#include "testing/transports/web_socket_client.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/startup.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql_testing {
namespace {

constexpr char kMask[] = {0x12, 0x34, 0x56, 0x78};

void AppendNumber(uint64_t number, int bytes, std::string* out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out->push_back(static_cast<char>(number >> shift));
}

uint64_t NumberOf(absl::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes)
    number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

int Frame::close_code() const {
  return opcode == kClose && payload.size() >= 2
             ? static_cast<int>(NumberOf(payload.substr(0, 2)))
             : 0;
}

std::string WebSocketClient::UpgradeRequest(const std::string& headers,
                                            const std::string& path) {
  return absl::StrCat("GET ", path,
                      " HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                      headers, "\r\n");
}

std::string WebSocketClient::Upgrade(const std::string& headers) {
  tls_.Send(UpgradeRequest(headers));
  std::string head;
  while (!absl::EndsWith(head, "\r\n\r\n")) {
    const std::string byte = tls_.Read(1);
    if (byte.empty()) break;
    head += byte;
  }
  return head;
}

void WebSocketClient::Send(const Frame& frame, bool masked) {
  std::string bytes(1,
                    static_cast<char>((frame.last ? 0x80 : 0) | frame.opcode));
  const size_t size = frame.payload.size();
  const char mask_bit = masked ? '\x80' : '\0';
  if (size < 126) {
    bytes.push_back(static_cast<char>(mask_bit | static_cast<char>(size)));
  } else {
    bytes.push_back(static_cast<char>(mask_bit | (size < 65536 ? 126 : 127)));
    AppendNumber(size, size < 65536 ? 2 : 8, &bytes);
  }
  if (masked) bytes.append(kMask, sizeof(kMask));
  for (size_t i = 0; i < size; ++i) {
    bytes.push_back(
        static_cast<char>(frame.payload[i] ^ (masked ? kMask[i % 4] : 0)));
  }
  tls_.Send(bytes);
}

Frame WebSocketClient::Read() {
  const std::string head = tls_.Read(2);
  if (head.size() < 2) return {};
  Frame frame;
  frame.opcode = static_cast<uint8_t>(head[0] & 0x0f);
  frame.last = (head[0] & 0x80) != 0;
  uint64_t size = head[1] & 0x7f;
  if (size == 126) size = NumberOf(tls_.Read(2));
  if (size == 127) size = NumberOf(tls_.Read(8));
  frame.payload = tls_.Read(size);
  return frame;
}

std::string WebSocketClient::LogIn(const std::string& user,
                                   const std::string& password) {
  SendBinary(dsql::pgwire::EncodeStartup({{"user", user},
                                          {"database", "postgres"},
                                          {"client_encoding", "UTF8"},
                                          {"application_name", "client"}}));
  std::string types = ReadUntil('R');
  std::string message;
  dsql::pgwire::WireWriter('p', &message).CString(password);
  SendBinary(message);
  return types + ReadUntil('Z');
}

std::string WebSocketClient::ReadUntil(char last) {
  std::string types;
  while (types.empty() || types[types.size() - 1] != last) {
    const Frame frame = Read();
    if (frame.opcode == kNoFrame) return types + "<end>";
    if (frame.opcode == kClose)
      return absl::StrCat(types, "<closed ", frame.close_code(), ">");
    const auto message = dsql::pgwire::NextMessage(frame.payload);
    const bool whole = frame.opcode == kBinary && frame.last && message.ok() &&
                       message->has_value() &&
                       (*message)->bytes.size() == frame.payload.size();
    types.push_back(whole ? (*message)->type : '?');
  }
  return types;
}

}  // namespace dsql_testing
