// SPDX-License-Identifier: Apache-2.0

// A client of HTTP servers for tests that care about each byte.

#ifndef TESTING_HTTP_CLIENT_H_
#define TESTING_HTTP_CLIENT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace dsql_testing {

// An answer, taken apart.
struct HttpAnswer {
  // The value of a header, "" where there is none. `name` has no case.
  std::string Header(absl::string_view name) const;

  // 0 where the connection ended before a whole answer had come.
  int status = 0;
  // All lines but the first.
  std::string headers;
  std::string body;
};

// One connection. Nothing waits longer than 10 seconds.
class HttpClient {
 public:
  // To a port of 127.0.0.1; the current test fails where that is not possible.
  explicit HttpClient(int port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Returns false where the connection has ended.
  bool Send(absl::string_view bytes);

  // No more will be sent; answers can still be read.
  void FinishSending();

  // Ends the connection so that the server sees an error.
  void Reset();

  // The next bytes that come, as one read returns them; "" at the end.
  std::string ReadSome();

  // All bytes up to the end.
  std::string ReadToEnd();

  // True where the server has ended the connection and no bytes are left.
  bool AtEnd();

  // Reads an answer; `head` if it is one to HEAD, which has no body.
  HttpAnswer ReadAnswer(bool head = false);

  // Sends a request with the header Host and, where there is a body,
  // Content-Length, and reads the answer.
  HttpAnswer Call(absl::string_view method, absl::string_view target,
                  absl::string_view body = "", absl::string_view headers = "");

 private:
  int fd_;
  std::string inbox_;
};

// The port in "http://127.0.0.1:<port>".
int PortOf(absl::string_view url);

}  // namespace dsql_testing

#endif  // TESTING_HTTP_CLIENT_H_
