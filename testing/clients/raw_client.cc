#include "testing/clients/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/startup.h"

namespace dsql_testing {
namespace {

using ::dsql::pgwire::BackendType;
using ::dsql::pgwire::Message;
using ::dsql::postgres::UniqueFd;

constexpr timeval kPatience = {30, 0};

}  // namespace

RawClient::RawClient(const std::string& host, const std::string& port) {
  UniqueFd connected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  setsockopt(connected.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience,
             sizeof(kPatience));
  setsockopt(connected.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience,
             sizeof(kPatience));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(atoi(port.c_str())));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  if (connect(connected.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) == 0) {
    socket_ = std::move(connected);
  }
}

void RawClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // What is read tells why.
    bytes.remove_prefix(count);
  }
}

std::string RawClient::LogIn(const std::string& user,
                             const std::string& database) {
  Send(dsql::pgwire::EncodeStartup({{"user", user},
                                    {"database", database},
                                    {"application_name", "client"}}));
  return ReadUntil(BackendType::kReadyForQuery);
}

bool RawClient::Fill() {
  char buffer[65536];
  const ssize_t count = recv(socket_.get(), buffer, sizeof(buffer), 0);
  if (count <= 0) return false;
  inbox_.append(buffer, count);
  return true;
}

std::string RawClient::ReadUntil(char last) {
  std::string types;
  while (true) {
    const auto message = dsql::pgwire::NextMessage(inbox_, size_t{1} << 30);
    if (!message.ok()) return absl::StrCat(types, "?");
    if (!message->has_value()) {
      if (Fill()) continue;
      return types;
    }
    const Message found = **message;
    types.push_back(found.type);
    if (found.type == BackendType::kErrorResponse) {
      absl::StrAppend(&types, "(",
                      dsql::pgwire::FindErrorField(found.body, 'C'), ")");
    }
    if (found.type == BackendType::kDataRow) {
      const auto row = dsql::pgwire::DecodeDataRow(found.body);
      if (row.ok() && !row->empty()) {
        values_.emplace_back((*row)[0].value_or("NULL"));
      }
    }
    inbox_.erase(0, found.bytes.size());
    if (types[types.size() - 1] == last) return types;
  }
}

std::vector<std::string> RawClient::TakeValues() {
  return std::exchange(values_, {});
}

}  // namespace dsql_testing
