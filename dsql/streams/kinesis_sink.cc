// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis_sink.h"

#include "absl/memory/memory.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "dsql/streams/kinesis/kinesis_error.h"

namespace dsql {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Request = beast::http::request<beast::http::string_body>;
using Response = beast::http::response<beast::http::string_body>;
using boost::system::error_code;

constexpr int kHttp11 = 11;

Request SignedRequest(const KinesisSink::Options& options,
                      const std::string& host, const ChangeRecord& record) {
  Request request(beast::http::verb::post, "/", kHttp11);
  request.body() = boost::json::serialize(
      boost::json::object{{"StreamName", options.stream_name},
                          {"Data", absl::Base64Escape(record.data)},
                          {"PartitionKey", record.partition_key}});
  SigV4Request to_sign;
  to_sign.method = "POST";
  to_sign.headers = {{"Host", host},
                     {"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", "Kinesis_20131202.PutRecord"}};
  to_sign.body = request.body();
  Credentials credentials;
  credentials.access_key_id = options.access_key_id;
  credentials.secret_access_key = options.secret_access_key;
  credentials.session_token = options.session_token;
  SigV4SigningContext context;
  context.region = options.region;
  context.service = "kinesis";
  context.now = absl::Now();
  SignRequest(credentials, context, &to_sign);
  for (const auto& header : to_sign.headers)
    request.set(header.first, header.second);
  request.prepare_payload();
  return request;
}

// Sends `request` on a connection of its own.
error_code Exchange(const std::string& host, const std::string& port,
                    absl::Duration timeout, const Request& request,
                    Response* response) {
  asio::io_context io;
  error_code result;
  asio::ip::tcp::resolver resolver(io);
  const auto endpoints = resolver.resolve(host, port, result);
  if (result) return result;
  beast::tcp_stream stream(io);
  beast::flat_buffer buffer;
  stream.expires_after(absl::ToChronoMilliseconds(timeout));
  const auto read = [&](error_code error, size_t) {
    result = error;
    if (error) return;
    beast::http::async_read(stream, buffer, *response,
                            [&](error_code end, size_t) { result = end; });
  };
  stream.async_connect(endpoints,
                       [&](error_code error, const asio::ip::tcp::endpoint&) {
                         result = error;
                         if (!error)
                           beast::http::async_write(stream, request, read);
                       });
  io.run();
  return result;
}

// What Kinesis answers where it does not put the record.
absl::Status RefusalOf(const Response& response) {
  error_code error;
  const boost::json::value body = boost::json::parse(response.body(), error);
  std::string name;
  std::string message = response.body();
  if (!error && body.is_object()) {
    const auto text = [&](const char* member) -> std::string {
      const auto* value = body.get_object().if_contains(member);
      return value != nullptr && value->is_string()
                 ? std::string(value->get_string().c_str())
                 : "";
    };
    // Some have the name of a namespace in front.
    name = text("__type");
    name = name.substr(name.find('#') + 1);
    message = text("message").empty() ? text("Message") : text("message");
  }
  if (name.empty()) {
    return absl::UnavailableError(absl::StrCat(
        "Kinesis answered HTTP ", response.result_int(), ": ", message));
  }
  return kinesis::KinesisException(name, message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KinesisSink>> KinesisSink::Create(
    Options options) {
  absl::string_view address = options.endpoint_url;
  const bool http = absl::ConsumePrefix(&address, "http://");
  absl::ConsumeSuffix(&address, "/");
  const size_t colon = address.rfind(':');
  int port = 80;
  const bool valid = http && colon != 0 && !address.empty() &&
                     !absl::StrContains(address, '/') &&
                     (colon == absl::string_view::npos ||
                      (absl::SimpleAtoi(address.substr(colon + 1), &port) &&
                       port > 0 && port < 65536));
  if (!valid) {
    return absl::InvalidArgumentError(
        absl::StrCat("KinesisSink::Options::endpoint_url must be of the form "
                     "http://host:port; it is '",
                     options.endpoint_url, "'"));
  }
  if (options.stream_name.empty()) {
    return absl::InvalidArgumentError(
        "KinesisSink::Options::stream_name is empty: name a stream that is "
        "there");
  }
  std::string host(address.substr(0, colon));
  return absl::WrapUnique(
      new KinesisSink(std::move(options), std::move(host), absl::StrCat(port)));
}

absl::Status KinesisSink::Deliver(absl::string_view /*stream_arn*/,
                                  const ChangeRecord& record) {
  const Request request =
      SignedRequest(options_, absl::StrCat(host_, ":", port_), record);
  Response response;
  const error_code error =
      Exchange(host_, port_, options_.timeout, request, &response);
  if (error == beast::error::timeout) {
    return absl::DeadlineExceededError(absl::StrCat(
        "Kinesis at ", options_.endpoint_url, " did not answer within ",
        absl::FormatDuration(options_.timeout)));
  }
  if (error) {
    return absl::UnavailableError(absl::StrCat(
        "Kinesis at ", options_.endpoint_url, ": ", error.message()));
  }
  return response.result_int() == 200 ? absl::OkStatus() : RefusalOf(response);
}

}  // namespace dsql
