// SPDX-License-Identifier: Apache-2.0

// A client of WebSocket that sends just the frames that it is told to.

#ifndef TESTING_TRANSPORTS_WEB_SOCKET_CLIENT_H_
#define TESTING_TRANSPORTS_WEB_SOCKET_CLIENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "testing/transports/tls_client.h"

namespace dsql_testing {

// RFC 6455, 5.2.
enum Opcode : uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
  // What Read() returns where none came.
  kNoFrame = 255,
};

struct Frame {
  uint8_t opcode = kNoFrame;
  bool last = true;
  std::string payload;

  // Of a kClose frame; 0 where it has none.
  int close_code() const;
};

class WebSocketClient {
 public:
  // As browsers ask for one, with `headers` besides, each ending with "\r\n".
  static std::string UpgradeRequest(const std::string& headers = "",
                                    const std::string& path = "/");

  WebSocketClient(const std::string& host, int port, const TlsOffer& offer = {})
      : tls_(host, port, offer) {}

  // Sends the request, and returns the answer's head.
  std::string Upgrade(const std::string& headers = "");

  void Send(const Frame& frame, bool masked = true);
  void SendBinary(absl::string_view payload) {
    Send({kBinary, true, std::string(payload)});
  }
  Frame Read();

  // Logs in, and returns the types of what it was told, one letter a frame; a
  // frame that is not one message exactly is shown as '?'.
  std::string LogIn(const std::string& user, const std::string& password);
  // The same through a frame of type `last`, or the end.
  std::string ReadUntil(char last);

  TlsClient& tls() { return tls_; }

 private:
  TlsClient tls_;
};

}  // namespace dsql_testing

#endif  // TESTING_TRANSPORTS_WEB_SOCKET_CLIENT_H_
