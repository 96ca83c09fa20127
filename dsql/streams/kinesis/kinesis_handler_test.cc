// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/kinesis_handler.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "dsql/http/error_response.h"
#include "dsql/http/http_message.h"
#include "dsql/http/signature.h"
#include "dsql/streams/kinesis/kinesis_handler_fixture.h"
#include "gtest/gtest.h"

namespace dsql::kinesis {
namespace {

using boost::json::object;
using boost::json::value;

TEST_F(KinesisHandlerTest, StreamsAreCreatedDescribedListedAndDeleted) {
  Create(2);
  const value description =
      Call("DescribeStream", {{"StreamName", "s"}}).at("StreamDescription");
  EXPECT_EQ(description.at("StreamStatus").as_string(), "ACTIVE");
  EXPECT_EQ(description.at("StreamARN").as_string(),
            "arn:aws:kinesis:us-east-1:000000000000:stream/s");
  EXPECT_FALSE(description.at("HasMoreShards").as_bool());
  const auto& shards = description.at("Shards").as_array();
  ASSERT_EQ(shards.size(), 2u);
  EXPECT_EQ(shards[0].at("ShardId").as_string(), "shardId-000000000000");
  // The ranges are next to each other and reach from 0 to 2^128 - 1.
  EXPECT_EQ(boost::json::serialize(shards[0].at("HashKeyRange")),
            R"({"StartingHashKey":"0",)"
            R"("EndingHashKey":"170141183460469231731687303715884105726"})");
  EXPECT_EQ(boost::json::serialize(shards[1].at("HashKeyRange")),
            R"({"StartingHashKey":"170141183460469231731687303715884105727",)"
            R"("EndingHashKey":"340282366920938463463374607431768211455"})");
  const value summary = Call("DescribeStreamSummary",
                             {{"StreamARN", description.at("StreamARN")}})
                            .at("StreamDescriptionSummary");
  EXPECT_EQ(summary.at("OpenShardCount").to_number<int>(), 2);
  EXPECT_EQ(summary.at("MaxRecordSizeInKiB").to_number<int>(), 1024);
  EXPECT_EQ(boost::json::serialize(Call("ListStreams", {}).at("StreamNames")),
            R"(["s"])");
  Call("DeleteStream", {{"StreamName", "s"}});
  EXPECT_EQ(ErrorOf("DescribeStream", {{"StreamName", "s"}}),
            "ResourceNotFoundException: Stream s under account 000000000000 "
            "not found.");
}

TEST_F(KinesisHandlerTest, OnDemandStreamsHaveFourShards) {
  Call("CreateStream", {{"StreamName", "s"},
                        {"StreamModeDetails", {{"StreamMode", "ON_DEMAND"}}},
                        {"MaxRecordSizeInKiB", 10240}});
  const value summary = Call("DescribeStreamSummary", {{"StreamName", "s"}})
                            .at("StreamDescriptionSummary");
  EXPECT_EQ(summary.at("OpenShardCount").to_number<int>(), 4);
  EXPECT_EQ(summary.at("MaxRecordSizeInKiB").to_number<int>(), 10240);
  EXPECT_EQ(boost::json::serialize(summary.at("StreamModeDetails")),
            R"({"StreamMode":"ON_DEMAND"})");
}

TEST_F(KinesisHandlerTest, CreationsThatCannotBe) {
  Create();
  EXPECT_EQ(ErrorOf("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}}),
            "ResourceInUseException: Stream s under account 000000000000 "
            "already exists.");
  EXPECT_EQ(ErrorOf("CreateStream", object{{"StreamName", "t"}}),
            "ValidationException: ShardCount must be specified for a stream in "
            "PROVISIONED mode.");
  EXPECT_EQ(ErrorOf("CreateStream", object{{"ShardCount", 1}}),
            "ValidationException: 1 validation error detected: Value null at "
            "'streamName' failed to satisfy constraint: Member must not be "
            "null");
  EXPECT_EQ(ErrorOf("CreateStream", {{"StreamName", "a b"}, {"ShardCount", 1}})
                .substr(0, 20),
            "ValidationException:");
  for (const int shards : {0, -1})
    EXPECT_EQ(
        ErrorOf("CreateStream", {{"StreamName", "t"}, {"ShardCount", shards}})
            .substr(0, 20),
        "ValidationException:");
  EXPECT_EQ(
      ErrorOf("CreateStream", {{"StreamName", "t"}, {"ShardCount", 100000}})
          .substr(0, 23),
      "LimitExceededException:");
  EXPECT_EQ(ErrorOf("UpdateMaxRecordSize",
                    {{"StreamName", "s"}, {"MaxRecordSizeInKiB", 10241}})
                .substr(0, 20),
            "ValidationException:");
}

TEST_F(KinesisHandlerTest, ShardsAreListedInPages) {
  Create(3);
  const value first =
      Call("ListShards", {{"StreamName", "s"}, {"MaxResults", 2}});
  EXPECT_EQ(first.at("Shards").as_array().size(), 2u);
  const value rest = Call("ListShards", {{"NextToken", first.at("NextToken")}});
  ASSERT_EQ(rest.at("Shards").as_array().size(), 1u);
  EXPECT_EQ(rest.at("Shards").at(0).at("ShardId").as_string(),
            "shardId-000000000002");
  EXPECT_FALSE(rest.as_object().contains("NextToken"));
  EXPECT_EQ(ErrorOf("ListShards", {{"StreamName", "s"},
                                   {"NextToken", first.at("NextToken")}}),
            "InvalidArgumentException: NextToken and StreamName cannot be "
            "provided together.");
  EXPECT_EQ(ErrorOf("ListShards", object{{"NextToken", "x"}}),
            "InvalidArgumentException: Invalid NextToken.");
  EXPECT_EQ(ErrorOf("ListShards", object()).substr(0, 25),
            "InvalidArgumentException:");
}

TEST_F(KinesisHandlerTest, RegionsHaveStreamsOfTheirOwn) {
  Create();
  EXPECT_EQ(ErrorOf("DescribeStream", {{"StreamName", "s"}}, "us-west-2")
                .substr(0, 26),
            "ResourceNotFoundException:");
  EXPECT_EQ(ErrorOf("DescribeStream",
                    {{"StreamARN",
                      "arn:aws:kinesis:us-east-1:000000000000:stream/s"}},
                    "us-west-2")
                .substr(0, 26),
            "ResourceNotFoundException:");
  EXPECT_EQ(ErrorOf("DescribeStream", {{"StreamARN", "arn:aws:s3:::s"}})
                .substr(0, 20),
            "ValidationException:");
}

TEST_F(KinesisHandlerTest, RequestsThatAreNone) {
  EXPECT_EQ(ErrorOf("ListStreams", std::string("{")).substr(0, 23),
            "SerializationException:");
  EXPECT_EQ(ErrorOf("ListStreams", std::string("[]")).substr(0, 23),
            "SerializationException:");
  EXPECT_EQ(ErrorOf("ListStreams", std::string("")).substr(0, 23),
            "SerializationException:");
  EXPECT_EQ(ErrorOf("MergeShards", std::string("{}")).substr(0, 26),
            "UnknownOperationException:");
  EXPECT_EQ(ErrorOf("DescribeStream", object{{"StreamName", 1}}),
            "SerializationException: StreamName must be a string");
}

TEST_F(KinesisHandlerTest, CborIsRefused) {
  http::HttpRequest request;
  request.headers = {{"x-amz-target", "Kinesis_20131202.ListStreams"},
                     {"content-type", "application/x-amz-cbor-1.1"}};
  ASSERT_TRUE(KinesisHandler::Handles(request));
  const auto response = handler_.Handle(request);
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("aws.cborEnabled=false"), std::string::npos);
  request.headers = {{"X-Amz-Target", "DynamoDB_20120810.ListTables"}};
  EXPECT_FALSE(KinesisHandler::Handles(request));
}

TEST_F(KinesisHandlerTest, WhoIsNotLetInIsToldSo) {
  KinesisHandlerOptions options = Options();
  options.authenticate = [](const http::HttpRequest&) {
    http::Authentication authentication;
    authentication.refusal = http::HttpException{
        403, "InvalidSignatureException", "The signature does not match"};
    return authentication;
  };
  KinesisHandler handler(options);
  http::HttpRequest request;
  request.headers = {{"X-Amz-Target", "Kinesis_20131202.ListStreams"}};
  request.body = "{}";
  const auto response = handler.Handle(request);
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("InvalidSignatureException"), std::string::npos);
}

}  // namespace
}  // namespace dsql::kinesis
