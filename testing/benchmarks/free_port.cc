// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace dsql_testing {

int FreePort() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool found = bind(socket_fd, generic, size) == 0 &&
                     getsockname(socket_fd, generic, &size) == 0;
  close(socket_fd);
  return found ? ntohs(address.sin_port) : 0;
}

}  // namespace dsql_testing
