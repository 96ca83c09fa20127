// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/startup.h"

namespace dsql_testing {
namespace {

using ::dsql::pgwire::BackendType;
using ::dsql::pgwire::Message;
using ::dsql::postgres::UniqueFd;

constexpr size_t kMaxMessage = size_t{1} << 30;

UniqueFd ConnectUnix(const std::string& directory, const std::string& port) {
  UniqueFd connected(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = absl::StrCat(directory, "/.s.PGSQL.", port);
  strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(connected.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) != 0) {
    connected.Close();
  }
  return connected;
}

UniqueFd ConnectTcp(const std::string& host, const std::string& port) {
  UniqueFd connected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(atoi(port.c_str())));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  if (connect(connected.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) != 0) {
    connected.Close();
  }
  return connected;
}

}  // namespace

RawClient::RawClient(const std::string& host, const std::string& port)
    : socket_(host.substr(0, 1) == "/" ? ConnectUnix(host, port)
                                       : ConnectTcp(host, port)) {
  const timeval patience = absl::ToTimeval(kPatience);
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience,
             sizeof(patience));
}

bool RawClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;  // What is read tells why.
    bytes.remove_prefix(count);
  }
  return true;
}

std::string RawClient::LogIn(
    const std::string& user, const std::string& database,
    const std::vector<std::pair<std::string, std::string>>& others) {
  std::vector<std::pair<std::string, std::string>> parameters = {
      {"user", user}, {"database", database}, {"application_name", "client"}};
  parameters.insert(parameters.end(), others.begin(), others.end());
  Send(dsql::pgwire::EncodeStartup(parameters));
  return ReadUntil(BackendType::kReadyForQuery);
}

void RawClient::ShutDownWriting() { shutdown(socket_.get(), SHUT_WR); }

bool RawClient::Fill() {
  if (hung_ || !socket_.valid()) return false;
  pollfd waiting = {socket_.get(), POLLIN, 0};
  if (poll(&waiting, 1,
           static_cast<int>(absl::ToInt64Milliseconds(kPatience))) <= 0) {
    hung_ = true;
    return false;
  }
  inbox_.erase(0, read_);
  read_ = 0;
  char buffer[65536];
  const ssize_t count = recv(socket_.get(), buffer, sizeof(buffer), 0);
  if (count <= 0) return false;
  inbox_.append(buffer, count);
  return true;
}

absl::optional<Message> RawClient::Next() {
  while (true) {
    const absl::string_view unread = absl::string_view(inbox_).substr(read_);
    const auto message = dsql::pgwire::NextMessage(unread, kMaxMessage);
    if (!message.ok()) return absl::nullopt;
    if (message->has_value()) {
      read_ += (*message)->bytes.size();
      NoteSetting(**message);
      return **message;
    }
    if (!Fill()) return absl::nullopt;
  }
}

void RawClient::NoteSetting(const Message& message) {
  if (message.type != BackendType::kParameterStatus) return;
  const auto setting = dsql::pgwire::DecodeParameterStatus(message.body);
  if (!setting.ok()) return;
  settings_[std::string(setting->name)] = std::string(setting->value);
}

std::string RawClient::Told(const std::string& setting) const {
  const auto told = settings_.find(setting);
  return told == settings_.end() ? "" : told->second;
}

std::string RawClient::Read(char last, int count, TraceDetail detail) {
  std::string trace;
  const auto append = [&trace](absl::string_view text) {
    absl::StrAppend(&trace, trace.empty() ? "" : " ", text);
  };
  while (count > 0) {
    const auto message = Next();
    if (!message.has_value()) {
      append(hung_ ? absl::StrCat("<hung: no ", std::string(1, last), ">")
                   : "<closed>");
      return trace;
    }
    append(PrintMessage(*message, detail));
    if (message->type == last) --count;
  }
  return trace;
}

std::string RawClient::ReadBytes(size_t count) {
  while (inbox_.size() - read_ < count) {
    if (!Fill()) return "";
  }
  read_ += count;
  return inbox_.substr(read_ - count, count);
}

std::string RawClient::ReadUntil(char last) {
  std::string types;
  while (true) {
    const auto found = Next();
    if (!found.has_value()) {
      return absl::StrCat(types, hung_ ? "<hung>" : "",
                          inbox_.size() > read_ ? "?" : "");
    }
    types.push_back(found->type);
    if (found->type == BackendType::kErrorResponse) {
      absl::StrAppend(&types, "(",
                      dsql::pgwire::FindErrorField(found->body, 'C'), ")");
    }
    if (found->type == BackendType::kBackendKeyData) {
      const auto key = dsql::pgwire::DecodeBackendKeyData(found->body);
      if (key.ok()) key_ = *key;
    }
    if (found->type == BackendType::kDataRow) {
      const auto row = dsql::pgwire::DecodeDataRow(found->body);
      if (row.ok() && !row->empty()) {
        values_.emplace_back((*row)[0].value_or("NULL"));
      }
    }
    if (types[types.size() - 1] == last) return types;
  }
}

std::vector<std::string> RawClient::TakeValues() {
  return std::exchange(values_, {});
}

}  // namespace dsql_testing
