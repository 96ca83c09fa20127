// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/startup.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql_testing {
namespace {

namespace pgwire = ::dsql::pgwire;
using ::dsql::postgres::ConnectionParameters;
using ::dsql::postgres::UniqueFd;

absl::StatusOr<UniqueFd> ConnectUnix(const ConnectionParameters& server) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = absl::StrCat(
      server.host, "/.s.PGSQL.", server.port.empty() ? "5432" : server.port);
  strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) != 0)
    return absl::UnavailableError(absl::StrCat(path, ": ", strerror(errno)));
  return fd;
}

absl::StatusOr<UniqueFd> ConnectInternet(const ConnectionParameters& server) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  int port = 5432;
  if (!server.port.empty() && !absl::SimpleAtoi(server.port, &port))
    return absl::InvalidArgumentError(server.port);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, server.host.c_str(), &address.sin_addr) != 1)
    return absl::InvalidArgumentError(server.host + " is not an address");
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) != 0)
    return absl::UnavailableError(
        absl::StrCat(server.host, ": ", strerror(errno)));
  return fd;
}

}  // namespace

absl::StatusOr<ConcurrentSocket> ConcurrentSocket::Open(
    const ConnectionParameters& server,
    const std::map<std::string, std::string>& settings) {
  const bool local = !server.host.empty() && server.host[0] == '/';
  DSQL_ASSIGN_OR_RETURN(UniqueFd fd,
                        local ? ConnectUnix(server) : ConnectInternet(server));
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  std::vector<std::pair<std::string, std::string>> parameters = {
      {"user", server.user}, {"database", server.database}};
  parameters.insert(parameters.end(), settings.begin(), settings.end());
  ConcurrentSocket opened(std::move(fd), server.password);
  opened.Send(pgwire::EncodeStartup(parameters));
  return opened;
}

void ConcurrentSocket::Write() {
  const ssize_t count =
      send(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (count > 0) {
    unsent_.erase(0, static_cast<size_t>(count));
  } else if (errno != EAGAIN) {
    unsent_.clear();
  }
}

absl::Status ConcurrentSocket::Read() {
  inbox_.erase(0, std::exchange(taken_, 0));
  char buffer[16384];
  const ssize_t count = recv(fd_.get(), buffer, sizeof(buffer), 0);
  if (count > 0) {
    inbox_.append(buffer, static_cast<size_t>(count));
    return absl::OkStatus();
  }
  if (count < 0 && errno == EAGAIN) return absl::OkStatus();
  return absl::UnavailableError(count == 0 ? "closed" : strerror(errno));
}

absl::StatusOr<absl::optional<pgwire::Message>>
ConcurrentSocket::NextMessage() {
  const absl::string_view left = absl::string_view(inbox_).substr(taken_);
  DSQL_ASSIGN_OR_RETURN(const absl::optional<pgwire::Message> message,
                        pgwire::NextMessage(left));
  if (!message.has_value()) return message;
  taken_ += message->bytes.size();
  if (message->type == pgwire::BackendType::kAuthentication) {
    const auto kind = pgwire::DecodeAuthentication(message->body);
    if (kind.ok() && *kind == 3) {
      pgwire::WireWriter(pgwire::FrontendType::kPassword, &unsent_)
          .CString(password_);
    }
  }
  return message;
}

}  // namespace dsql_testing
