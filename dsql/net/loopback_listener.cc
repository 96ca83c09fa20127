// SPDX-License-Identifier: Apache-2.0

#include "dsql/net/loopback_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace dsql {
namespace {

// Addresses that are tried: with as many clusters as 16 test shards have, two
// that meet are rare among 16 million, and a third is next to impossible.
constexpr int kTries = 16;

// FNV-1a: the same cluster tends to have the same address.
uint32_t Hash(absl::string_view name) {
  uint32_t hash = 2166136261u;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  }
  return hash;
}

// 127.x.y.z without the nets and hosts that mean something: 127.0.0.0/16 is
// what others use, z is neither 0 nor 255.
uint32_t AddressOf(uint32_t hash) {
  const uint32_t x = 1 + hash % 254;
  const uint32_t y = (hash >> 8) % 256;
  const uint32_t z = 1 + (hash >> 16) % 254;
  return 127u << 24 | x << 16 | y << 8 | z;
}

absl::Status CannotListen(int error) {
  const absl::Status why = absl::ErrnoToStatus(
      error, "Cannot listen on a loopback port for the endpoint of a cluster");
  return absl::UnavailableError(why.message());
}

absl::StatusOr<LoopbackListener> Listen(uint32_t host, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return CannotListen(errno);
  // Connections of a cluster before, still in TIME_WAIT, are no obstacle.
  const int reuse = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(static_cast<uint16_t>(port));
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, generic, &size) != 0) {
    const int error = errno;
    close(fd);
    return CannotListen(error);
  }
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text));
  return LoopbackListener{fd, text, ntohs(address.sin_port)};
}

}  // namespace

absl::StatusOr<LoopbackListener> ListenOnFreePort() {
  return Listen(INADDR_LOOPBACK, 0);
}

absl::StatusOr<LoopbackListener> ListenAt(const std::string& host, int port) {
  in_addr address;
  if (inet_pton(AF_INET, host.c_str(), &address) != 1)
    return CannotListen(EADDRNOTAVAIL);
  return Listen(ntohl(address.s_addr), port);
}

absl::StatusOr<LoopbackListener> ListenOnOwnAddress(absl::string_view name) {
  for (int i = 0; i < kTries; ++i) {
    auto listener =
        Listen(AddressOf(Hash(absl::StrCat(name, "#", i))), kPostgresPort);
    if (listener.ok()) return listener;
  }
  return ListenOnFreePort();
}

}  // namespace dsql
