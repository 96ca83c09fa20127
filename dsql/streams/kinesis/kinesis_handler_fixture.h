// SPDX-License-Identifier: Apache-2.0

// What tests of the handler share.

#ifndef DSQL_STREAMS_KINESIS_KINESIS_HANDLER_FIXTURE_H_
#define DSQL_STREAMS_KINESIS_KINESIS_HANDLER_FIXTURE_H_

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "dsql/base/clock.h"
#include "dsql/http/http_message.h"
#include "dsql/streams/kinesis/kinesis.h"
#include "dsql/streams/kinesis/kinesis_handler.h"
#include "gtest/gtest.h"

namespace dsql::kinesis {

// KinesisHandlerTest is a Kinesis without streams on a clock that stands still.
class KinesisHandlerTest : public testing::Test {
 protected:
  KinesisHandlerOptions Options() {
    KinesisHandlerOptions options;
    options.kinesis = &kinesis_;
    options.default_region = "us-east-1";
    options.clock = &clock_;
    return options;
  }

  http::HttpResponse Send(absl::string_view operation, std::string body,
                          absl::string_view region = "us-east-1") {
    http::HttpRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers = {
        {"X-Amz-Target", absl::StrCat("Kinesis_20131202.", operation)},
        {"Content-Type", "application/x-amz-json-1.1"},
        {"Authorization",
         absl::StrCat("AWS4-HMAC-SHA256 Credential=AKID/20260101/", region,
                      "/kinesis/aws4_request, SignedHeaders=host, "
                      "Signature=00")}};
    request.body = std::move(body);
    EXPECT_TRUE(KinesisHandler::Handles(request));
    return handler_.Handle(request);
  }

  // What a call that succeeds answers.
  boost::json::value Call(absl::string_view operation,
                          const boost::json::object& request,
                          absl::string_view region = "us-east-1") {
    const auto response =
        Send(operation, boost::json::serialize(request), region);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.body.empty() ? boost::json::value(boost::json::object())
                                 : boost::json::parse(response.body);
  }

  // "ResourceNotFoundException: Stream ...".
  std::string ErrorOf(absl::string_view operation, std::string body,
                      absl::string_view region = "us-east-1") {
    const auto response = Send(operation, std::move(body), region);
    EXPECT_EQ(response.status, 400) << response.body;
    if (response.status != 400) return "";
    const boost::json::value error = boost::json::parse(response.body);
    return absl::StrCat(error.at("__type").as_string().c_str(), ": ",
                        error.at("message").as_string().c_str());
  }
  std::string ErrorOf(absl::string_view operation,
                      const boost::json::object& request,
                      absl::string_view region = "us-east-1") {
    return ErrorOf(operation, boost::json::serialize(request), region);
  }

  void Create(int shards = 1) {
    Call("CreateStream", {{"StreamName", "s"}, {"ShardCount", shards}});
  }

  std::string Put(absl::string_view data, absl::string_view key = "k") {
    return Call("PutRecord", {{"StreamName", "s"},
                              {"Data", absl::Base64Escape(data)},
                              {"PartitionKey", std::string(key)}})
        .at("SequenceNumber")
        .as_string()
        .c_str();
  }

  std::string Iterator(boost::json::object position, int shard = 0) {
    position["StreamName"] = "s";
    position["ShardId"] = absl::StrCat("shardId-00000000000", shard);
    return Call("GetShardIterator", position)
        .at("ShardIterator")
        .as_string()
        .c_str();
  }

  // The data of the records, separated by spaces; `iterator` moves on.
  std::string Get(std::string* iterator, int limit = 10000) {
    const boost::json::value answer =
        Call("GetRecords", {{"ShardIterator", *iterator}, {"Limit", limit}});
    std::string all;
    for (const boost::json::value& record : answer.at("Records").as_array()) {
      std::string data;
      EXPECT_TRUE(
          absl::Base64Unescape(record.at("Data").as_string().c_str(), &data));
      absl::StrAppend(&all, all.empty() ? "" : " ", data);
    }
    *iterator = answer.at("NextShardIterator").as_string().c_str();
    return all;
  }
  std::string GetFrom(boost::json::object position) {
    std::string iterator = Iterator(std::move(position));
    return Get(&iterator);
  }

  SimulatedClock clock_;
  Kinesis kinesis_{"000000000000", &clock_};
  KinesisHandler handler_{Options()};
};

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_KINESIS_HANDLER_FIXTURE_H_
