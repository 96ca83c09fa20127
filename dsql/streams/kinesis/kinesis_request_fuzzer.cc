// SPDX-License-Identifier: Apache-2.0

// Fuzzes what reads the requests of Kinesis's clients. The first line is the
// operation, the rest the body; "S" stands for the iterator that is good.
//
//   bazel run --config=asan //dsql/streams/kinesis:kinesis_request_fuzzer --
//   $PWD/corpus

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "boost/json/parse.hpp"
#include "dsql/base/clock.h"
#include "dsql/http/http_message.h"
#include "dsql/streams/kinesis/kinesis.h"
#include "dsql/streams/kinesis/kinesis_handler.h"

namespace dsql::kinesis {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// Service is a Kinesis with one stream and one record in it.
class Service {
 public:
  Service() {
    Call("CreateStream", R"({"StreamName": "s", "ShardCount": 2})");
    Call("PutRecord",
         R"({"StreamName": "s", "Data": "YQ==", "PartitionKey": "k"})");
    const auto answer = Call("GetShardIterator", R"({"StreamName": "s",
        "ShardId": "shardId-000000000000",
        "ShardIteratorType": "TRIM_HORIZON"})");
    iterator_ = std::string(
        boost::json::parse(answer.body).at("ShardIterator").as_string());
  }

  // Answers as AWS does: what is wrong has a type and a status of its own, and
  // is never our fault.
  void Check(absl::string_view operation, absl::string_view body) {
    const auto response = Call(
        operation, absl::StrReplaceAll(body, {{"\"S\"", Quoted(iterator_)}}));
    Require(response.status == 200 || response.status == 400);
    if (response.status == 400) {
      const auto error = boost::json::parse(response.body);
      Require(!error.at("__type").as_string().empty());
    } else if (!response.body.empty()) {
      boost::json::parse(response.body);
    }
  }

 private:
  static std::string Quoted(absl::string_view text) {
    return absl::StrCat("\"", text, "\"");
  }

  KinesisHandlerOptions Options() {
    KinesisHandlerOptions options;
    options.kinesis = &kinesis_;
    options.default_region = "us-east-1";
    options.clock = &clock_;
    return options;
  }

  http::HttpResponse Call(absl::string_view operation, std::string body) {
    http::HttpRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers = {
        {"X-Amz-Target", absl::StrCat("Kinesis_20131202.", operation)},
        {"Content-Type", "application/x-amz-json-1.1"}};
    request.body = std::move(body);
    return handler_.Handle(request);
  }

  SimulatedClock clock_;
  Kinesis kinesis_{"000000000000", &clock_};
  KinesisHandler handler_{Options()};
  std::string iterator_;
};

}  // namespace
}  // namespace dsql::kinesis

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::pair<absl::string_view, absl::string_view> request =
      absl::StrSplit(bytes, absl::MaxSplits('\n', 1));
  // A new one each time: a stream of a thousand shards is no finding.
  dsql::kinesis::Service().Check(request.first, request.second);
  return 0;
}
