// SPDX-License-Identifier: Apache-2.0

// Fuzzes the way of a browser's bytes to messages of PostgreSQL's:
//
//   bazel run --config=asan //dsql/gateway/link:web_socket_fuzzer --
//   $PWD/corpus
//
// web_socket_corpus_test replays testdata/web_socket through the same function.

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/system/system_error.hpp"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/pgwire/framing.h"

namespace {

namespace asio = ::boost::asio;

using ::dsql::ClientStream;

constexpr size_t kMaxMessage = 4096;
// Far more than anything here takes: whatever is waited for has ended.
constexpr std::chrono::seconds kPatience(10);

constexpr absl::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

// A server that sends each message back.
asio::awaitable<void> Echo(ClientStream* client) {
  try {
    co_await client->StartWebSocket();
    while (true) {
      const dsql::pgwire::Message message =
          co_await client->ReadMessage(kMaxMessage);
      const std::string bytes(message.bytes);
      client->buffer().Consume(bytes.size());
      co_await client->Write(bytes);
    }
  } catch (const dsql::StatusError&) {
    // The client broke PostgreSQL's protocol.
  } catch (const boost::system::system_error&) {
    // Or HTTP's, or that of WebSocket, or it has left.
  }
  co_await client->Finish();
}

// What does not fit in the socket's buffer is left out.
void Send(absl::string_view bytes, int to) {
  (void)!send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

// Sends `before`, and once that has been dealt with, `bytes`.
void Serve(absl::string_view before, absl::string_view bytes) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  const int peer = ends[1];
  asio::io_context io(1);
  asio::ip::tcp::socket socket(io);
  socket.assign(asio::ip::tcp::v4(), ends[0]);
  ClientStream client(std::move(socket));
  asio::co_spawn(
      io, [&client] { return Echo(&client); }, asio::detached);
  Send(before, peer);
  io.poll();
  Send(bytes, peer);
  shutdown(peer, SHUT_WR);
  io.run_for(kPatience);
  close(peer);
  if (!io.stopped()) __builtin_trap();  // It hangs.
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  Serve("", bytes);
  Serve(kUpgrade, bytes);
  return 0;
}
