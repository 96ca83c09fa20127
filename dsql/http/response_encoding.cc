// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/response_encoding.h"

// Boost.Beast's status.hpp lacks it.
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "boost/beast/http/status.hpp"

namespace dsql {
namespace http {
namespace {

absl::string_view ReasonOf(int status) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return absl::string_view(reason.data(), reason.size());
}

// What would end the header becomes a space.
void AppendHeader(absl::string_view name, absl::string_view value,
                  std::string* text) {
  absl::StrAppend(text, name, ": ");
  for (const char c : value) {
    text->push_back(c == '\r' || c == '\n' ? ' ' : c);
  }
  text->append("\r\n");
}

// HTTP/1.1 keeps connections unless told otherwise, HTTP/1.0 closes them.
absl::string_view ConnectionHeader(const ResponseContext& context) {
  if (context.http_1_1 == context.keep_alive) return "";
  return context.keep_alive ? "keep-alive" : "close";
}

}  // namespace

std::string EncodeResponse(const HttpResponse& response,
                           const ResponseContext& context) {
  std::string text = absl::StrCat("HTTP/1.1 ", response.status, " ",
                                  ReasonOf(response.status), "\r\n");
  for (const auto& header : response.headers) {
    AppendHeader(header.first, header.second, &text);
  }
  const absl::string_view connection = ConnectionHeader(context);
  if (!connection.empty()) AppendHeader("Connection", connection, &text);
  const bool has_length = response.status != 204;
  if (has_length) {
    AppendHeader("Content-Length", absl::StrCat(response.body.size()), &text);
  }
  text.append("\r\n");
  if (has_length && !context.head) text.append(response.body);
  return text;
}

}  // namespace http
}  // namespace dsql
