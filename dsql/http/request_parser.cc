// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/request_parser.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"

namespace dsql {
namespace http {
namespace {

namespace beast = ::boost::beast::http;

using ::boost::beast::error_code;
using ::boost::beast::string_view;

std::string ToString(string_view text) {
  return std::string(text.data(), text.size());
}

// Proxies are sent the absolute form: "http://host:80/path".
std::string WithoutOrigin(absl::string_view target) {
  constexpr absl::string_view kScheme = "http://";
  if (!absl::StartsWithIgnoreCase(target, kScheme)) return std::string(target);
  const size_t path = target.find_first_of("/?", kScheme.size());
  if (path == absl::string_view::npos) return "/";
  return target[path] == '?' ? absl::StrCat("/", target.substr(path))
                             : std::string(target.substr(path));
}

int StatusOf(const error_code& error) {
  if (error == beast::error::header_limit) return 431;
  if (error == beast::error::body_limit) return 413;
  return 400;
}

}  // namespace

class RequestParser::Impl : public beast::request_parser<beast::string_body> {
 public:
  explicit Impl(const RequestLimits& limits) {
    header_limit(static_cast<uint32_t>(limits.header_bytes));
    body_limit(limits.body_bytes);
    // Stop after the header, where a client may await "100 Continue".
    eager(false);
  }
};

RequestParser::RequestParser(const RequestLimits& limits)
    : limits_(limits), impl_(std::make_unique<Impl>(limits)) {}

RequestParser::~RequestParser() = default;

bool RequestParser::started() const { return impl_->got_some(); }

bool RequestParser::done() const { return impl_->is_done() && !failed(); }

bool RequestParser::awaits_continue() const {
  // HTTP/1.0 has no interim answers.
  return header_checked_ && !body_begun_ && !impl_->is_done() && !failed() &&
         is_http_1_1() && impl_->get().count(beast::field::expect) != 0;
}

bool RequestParser::keep_alive() const { return impl_->get().keep_alive(); }

bool RequestParser::is_http_1_1() const { return impl_->get().version() >= 11; }

size_t RequestParser::Parse(absl::string_view bytes) {
  size_t taken = 0;
  // An empty line before a request is to be ignored (RFC 9112, 2.2).
  while (!started() && absl::StartsWith(bytes.substr(taken), "\r\n")) {
    taken += 2;
  }
  if (!started() && bytes.substr(taken) == "\r") return taken;
  while (taken < bytes.size() && !failed() && !impl_->is_done()) {
    const size_t some = ParseSome(bytes.substr(taken));
    if (some == 0) break;
    taken += some;
  }
  // Beast limits headers; the lines between chunks are limited here.
  if (!failed() && bytes.size() - taken > limits_.header_bytes &&
      !impl_->is_done()) {
    Fail(header_checked_ ? 400 : 431, "A line is too long");
  }
  return taken;
}

size_t RequestParser::ParseSome(absl::string_view bytes) {
  // At least "0\r\n\r\n" is still to come; with less, Beast's parser fails an
  // assertion.
  if (header_checked_ && impl_->chunked() && bytes.size() < 5) return 0;
  if (header_checked_) body_begun_ = true;
  error_code error;
  const size_t taken =
      impl_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error && error != beast::error::need_more) {
    Fail(StatusOf(error), error.message());
  } else if (impl_->is_header_done() && !header_checked_) {
    CheckHeader();
  }
  return taken;
}

void RequestParser::CheckHeader() {
  header_checked_ = true;
  const auto& header = impl_->get();
  if (is_http_1_1() && header.count(beast::field::host) != 1) {
    return Fail(400, "A request must have one Host header");
  }
  // Its end could not be told.
  const auto codings = header.count(beast::field::transfer_encoding);
  const string_view coding = header[beast::field::transfer_encoding];
  if (codings > 1 || (codings == 1 &&
                      (!impl_->chunked() ||
                       !absl::EqualsIgnoreCase(ToString(coding), "chunked")))) {
    return Fail(501, "Transfer-Encoding must be chunked");
  }
  const string_view expect = header[beast::field::expect];
  if (!expect.empty() &&
      !absl::EqualsIgnoreCase(ToString(expect), "100-continue")) {
    return Fail(417, "Expect must be 100-continue");
  }
}

void RequestParser::Fail(int status, absl::string_view message) {
  failure_status_ = status;
  failure_message_ = std::string(message);
}

HttpRequest RequestParser::TakeRequest() {
  auto& message = impl_->get();
  HttpRequest request;
  request.method = ToString(message.method_string());
  request.target = WithoutOrigin(ToString(message.target()));
  for (const auto& header : message) {
    request.headers.emplace_back(ToString(header.name_string()),
                                 ToString(header.value()));
  }
  request.body = std::move(message.body());
  impl_ = std::make_unique<Impl>(limits_);
  header_checked_ = false;
  body_begun_ = false;
  return request;
}

}  // namespace http
}  // namespace dsql
