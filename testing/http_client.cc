// SPDX-License-Identifier: Apache-2.0

#include "testing/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace dsql_testing {

std::string HttpAnswer::Header(absl::string_view name) const {
  for (absl::string_view line : absl::StrSplit(headers, "\r\n")) {
    const std::pair<absl::string_view, absl::string_view> header =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (absl::EqualsIgnoreCase(header.first, name)) {
      return std::string(absl::StripAsciiWhitespace(header.second));
    }
  }
  return "";
}

HttpClient::HttpClient(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval timeout = {10, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address),
                    sizeof(address)),
            0)
      << "port " << port << ": " << strerror(errno);
}

HttpClient::~HttpClient() { close(fd_); }

bool HttpClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void HttpClient::FinishSending() { shutdown(fd_, SHUT_WR); }

void HttpClient::Reset() {
  const linger reset = {1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  close(fd_);
  fd_ = -1;
}

std::string HttpClient::ReadSome() {
  if (!inbox_.empty()) return std::move(inbox_);
  char buffer[64 * 1024];
  const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
  EXPECT_FALSE(size < 0 && errno == EAGAIN) << "Nothing came for 10 seconds";
  return size > 0 ? std::string(buffer, static_cast<size_t>(size)) : "";
}

std::string HttpClient::ReadToEnd() {
  std::string all;
  for (std::string some = ReadSome(); !some.empty(); some = ReadSome()) {
    all += some;
  }
  return all;
}

bool HttpClient::AtEnd() {
  inbox_ = ReadSome();
  return inbox_.empty();
}

HttpAnswer HttpClient::ReadAnswer(bool head) {
  std::string text;
  HttpAnswer answer;
  size_t end = std::string::npos;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) {
    const std::string some = ReadSome();
    if (some.empty()) return answer;
    text += some;
  }
  answer.headers = text.substr(text.find("\r\n") + 2,
                               end - std::min(end, text.find("\r\n") + 2));
  size_t length = 0;
  if (!head) {
    EXPECT_TRUE(
        absl::SimpleAtoi("0" + answer.Header("Content-Length"), &length));
  }
  const size_t begin = end + 4;
  while (text.size() < begin + length) {
    const std::string some = ReadSome();
    if (some.empty()) return answer;
    text += some;
  }
  answer.body = text.substr(begin, length);
  inbox_ = text.substr(begin + length);
  EXPECT_TRUE(absl::SimpleAtoi(text.substr(9, 3), &answer.status)) << text;
  return answer;
}

HttpAnswer HttpClient::Call(absl::string_view method, absl::string_view target,
                            absl::string_view body, absl::string_view headers) {
  std::string request =
      absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: test\r\n", headers);
  if (!body.empty()) {
    absl::StrAppend(&request, "Content-Length: ", body.size(), "\r\n");
  }
  Send(absl::StrCat(request, "\r\n", body));
  return ReadAnswer(method == "HEAD");
}

int PortOf(absl::string_view url) {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(url.substr(url.rfind(':') + 1), &port)) << url;
  return port;
}

}  // namespace dsql_testing
