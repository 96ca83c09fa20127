// SPDX-License-Identifier: Apache-2.0

#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "boost/json/value.hpp"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "dsql/streams/kinesis/kinesis_handler_fixture.h"
#include "gtest/gtest.h"

namespace dsql::kinesis {
namespace {

using boost::json::object;
using boost::json::value;

using KinesisRecordsTest = KinesisHandlerTest;

TEST_F(KinesisRecordsTest, RecordsAreReadInTheOrderOfTheirShard) {
  Create();
  Put("a");
  Put("b", "other");
  std::string iterator = Iterator({{"ShardIteratorType", "TRIM_HORIZON"}});
  EXPECT_EQ(Get(&iterator), "a b");
  EXPECT_EQ(Get(&iterator), "");
  Put("c");
  EXPECT_EQ(Get(&iterator), "c");
  const std::string bytes("\0\xff\n\"", 4);
  Put(bytes);
  EXPECT_EQ(Get(&iterator), bytes);
}

TEST_F(KinesisRecordsTest, IteratorsOfAllTypes) {
  Create();
  Put("a");
  clock_.Advance(absl::Seconds(10));
  const double time = absl::ToDoubleSeconds(clock_.Now() - absl::UnixEpoch());
  const std::string number = Put("b");
  clock_.Advance(absl::Seconds(10));
  std::string latest = Iterator({{"ShardIteratorType", "LATEST"}});
  Put("c");
  EXPECT_EQ(Get(&latest), "c");
  EXPECT_EQ(GetFrom({{"ShardIteratorType", "AT_SEQUENCE_NUMBER"},
                     {"StartingSequenceNumber", number}}),
            "b c");
  EXPECT_EQ(GetFrom({{"ShardIteratorType", "AFTER_SEQUENCE_NUMBER"},
                     {"StartingSequenceNumber", number}}),
            "c");
  EXPECT_EQ(GetFrom({{"ShardIteratorType", "AT_SEQUENCE_NUMBER"},
                     {"StartingSequenceNumber", "0"}}),
            "a b c");
  EXPECT_EQ(
      GetFrom({{"ShardIteratorType", "AT_TIMESTAMP"}, {"Timestamp", time}}),
      "b c");
  EXPECT_EQ(GetFrom({{"ShardIteratorType", "AT_TIMESTAMP"},
                     {"Timestamp", time + 100}}),
            "");
}

TEST_F(KinesisRecordsTest, IteratorsThatCannotBe) {
  Create();
  const auto error = [&](object position) {
    position["StreamName"] = "s";
    if (position.count("ShardId") == 0)
      position["ShardId"] = "shardId-000000000000";
    return ErrorOf("GetShardIterator", position);
  };
  EXPECT_EQ(error({{"ShardIteratorType", "NEWEST"}}),
            "ValidationException: 1 validation error detected: Value 'NEWEST' "
            "at 'shardIteratorType' failed to satisfy constraint: Member must "
            "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, "
            "AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]");
  EXPECT_EQ(
      error({{"ShardIteratorType", "LATEST"},
             {"ShardId", "shardId-000000000001"}}),
      "ResourceNotFoundException: Shard shardId-000000000001 in stream s under "
      "account 000000000000 does not exist");
  for (const char* type :
       {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP"}) {
    EXPECT_EQ(error({{"ShardIteratorType", type}}).substr(0, 25),
              "InvalidArgumentException:")
        << type;
  }
  EXPECT_EQ(error({{"ShardIteratorType", "AT_SEQUENCE_NUMBER"},
                   {"StartingSequenceNumber", "x"}})
                .substr(0, 20),
            "ValidationException:");
}

TEST_F(KinesisRecordsTest, IteratorsExpireAfterFiveMinutes) {
  Create();
  Put("a");
  const std::string iterator =
      Iterator({{"ShardIteratorType", "TRIM_HORIZON"}});
  clock_.Advance(absl::Minutes(5));
  std::string next = iterator;
  EXPECT_EQ(Get(&next), "a");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(
      ErrorOf("GetRecords", object{{"ShardIterator", iterator}}).substr(0, 45),
      "ExpiredIteratorException: Iterator expired. T");
  // That of the answer is younger.
  EXPECT_EQ(Get(&next), "");
}

TEST_F(KinesisRecordsTest, IteratorsAreOfTheirStream) {
  Create();
  const std::string iterator =
      Iterator({{"ShardIteratorType", "TRIM_HORIZON"}});
  for (const char* other : {"", "x", "AAAA"}) {
    EXPECT_EQ(ErrorOf("GetRecords", object{{"ShardIterator", other}}),
              "InvalidArgumentException: Invalid ShardIterator.");
  }
  EXPECT_EQ(
      ErrorOf("GetRecords", object{{"ShardIterator", iterator}}, "us-west-2")
          .substr(0, 26),
      "ResourceNotFoundException:");
  // One that got the name later.
  Call("DeleteStream", {{"StreamName", "s"}});
  Create();
  EXPECT_EQ(
      ErrorOf("GetRecords", object{{"ShardIterator", iterator}}).substr(0, 26),
      "ResourceNotFoundException:");
}

TEST_F(KinesisRecordsTest, BatchesAreBounded) {
  Create();
  for (const char* data : {"a", "b", "c"}) Put(data);
  std::string iterator = Iterator({{"ShardIteratorType", "TRIM_HORIZON"}});
  EXPECT_EQ(Get(&iterator, 2), "a b");
  EXPECT_EQ(Get(&iterator, 2), "c");
  for (const int limit : {0, 10001}) {
    EXPECT_EQ(
        ErrorOf("GetRecords", {{"ShardIterator", iterator}, {"Limit", limit}})
            .substr(0, 20),
        "ValidationException:");
  }
  // 10 MiB in one answer.
  for (int i = 0; i < 11; ++i) Put(std::string(1000000, 'x'));
  EXPECT_EQ(Get(&iterator).size(), 10 * 1000000u + 9);
  EXPECT_EQ(Get(&iterator).size(), 1000000u);
}

TEST_F(KinesisRecordsTest, WhatIsBehindIsTold) {
  Create();
  Put("a");
  clock_.Advance(absl::Seconds(3));
  const std::string iterator =
      Iterator({{"ShardIteratorType", "TRIM_HORIZON"}});
  Put("b");
  clock_.Advance(absl::Seconds(2));
  const value behind =
      Call("GetRecords", {{"ShardIterator", iterator}, {"Limit", 1}});
  EXPECT_EQ(behind.at("MillisBehindLatest").to_number<int>(), 2000);
  EXPECT_EQ(Call("GetRecords", {{"ShardIterator", iterator}})
                .at("MillisBehindLatest")
                .to_number<int>(),
            0);
}

TEST_F(KinesisRecordsTest, RecordsGoToShardsByTheirKeys) {
  Create(4);
  std::set<std::string> shards;
  for (int i = 0; i < 50; ++i) {
    const object put = {{"StreamName", "s"},
                        {"Data", "AA=="},
                        {"PartitionKey", absl::StrCat("key", i)}};
    const value first = Call("PutRecord", put).at("ShardId");
    EXPECT_EQ(first, Call("PutRecord", put).at("ShardId"));
    shards.insert(first.as_string().c_str());
  }
  EXPECT_EQ(shards.size(), 4u);
  const auto shard_of = [&](const std::string& hash) -> std::string {
    return Call("PutRecord", {{"StreamName", "s"},
                              {"Data", ""},
                              {"PartitionKey", "k"},
                              {"ExplicitHashKey", hash}})
        .at("ShardId")
        .as_string()
        .c_str();
  };
  EXPECT_EQ(shard_of("0"), "shardId-000000000000");
  EXPECT_EQ(shard_of("340282366920938463463374607431768211455"),
            "shardId-000000000003");
  for (const char* hash :
       {"", "-1", "x", "340282366920938463463374607431768211456"}) {
    EXPECT_EQ(ErrorOf("PutRecord", {{"StreamName", "s"},
                                    {"Data", ""},
                                    {"PartitionKey", "k"},
                                    {"ExplicitHashKey", hash}})
                  .substr(0, 25),
              "InvalidArgumentException:")
        << hash;
  }
}

TEST_F(KinesisRecordsTest, PutsThatCannotBe) {
  Create();
  const auto error = [&](object put) {
    put["StreamName"] = "s";
    return ErrorOf("PutRecord", put).substr(0, 22);
  };
  EXPECT_EQ(error({{"Data", "AA=="}}), "ValidationException: 1");
  EXPECT_EQ(error({{"PartitionKey", "k"}}), "ValidationException: 1");
  EXPECT_EQ(error({{"Data", "AA=="}, {"PartitionKey", ""}}),
            "ValidationException: 1");
  EXPECT_EQ(error({{"Data", "AA=="}, {"PartitionKey", std::string(257, 'k')}}),
            "ValidationException: 1");
  EXPECT_EQ(error({{"Data", "?"}, {"PartitionKey", "k"}}),
            "SerializationException");
  EXPECT_EQ(error({{"Data", 1}, {"PartitionKey", "k"}}),
            "SerializationException");
  const std::string most = absl::Base64Escape(std::string((1 << 20) - 1, 'x'));
  const std::string more = absl::Base64Escape(std::string(1 << 20, 'x'));
  Call("PutRecord",
       {{"StreamName", "s"}, {"Data", most}, {"PartitionKey", "k"}});
  EXPECT_EQ(error({{"Data", more}, {"PartitionKey", "k"}}),
            "ValidationException: 1");
  Call("UpdateMaxRecordSize",
       {{"StreamName", "s"}, {"MaxRecordSizeInKiB", 2048}});
  Call("PutRecord",
       {{"StreamName", "s"}, {"Data", more}, {"PartitionKey", "k"}});
}

TEST_F(KinesisRecordsTest, PutRecordsAnswersForEach) {
  Create();
  const object record = {{"Data", "YQ=="}, {"PartitionKey", "k"}};
  value answer =
      Call("PutRecords", {{"StreamName", "s"}, {"Records", {record, record}}});
  EXPECT_EQ(answer.at("FailedRecordCount").to_number<int>(), 0);
  EXPECT_EQ(answer.at("Records").as_array().size(), 2u);
  EXPECT_EQ(GetFrom({{"ShardIteratorType", "TRIM_HORIZON"}}), "a a");
  ASSERT_TRUE(kinesis_
                  .SetPutError("us-east-1", "s",
                               KinesisException(kThroughputExceeded, "slow"))
                  .ok());
  answer =
      Call("PutRecords", {{"StreamName", "s"}, {"Records", {record, record}}});
  EXPECT_EQ(answer.at("FailedRecordCount").to_number<int>(), 2);
  EXPECT_EQ(answer.at("Records").at(0).at("ErrorCode").as_string(),
            kThroughputExceeded);
  EXPECT_EQ(
      ErrorOf("PutRecord",
              {{"StreamName", "s"}, {"Data", "YQ=="}, {"PartitionKey", "k"}}),
      "ProvisionedThroughputExceededException: slow");
  boost::json::array many(501, record);
  EXPECT_EQ(ErrorOf("PutRecords", {{"StreamName", "s"}, {"Records", many}})
                .substr(0, 20),
            "ValidationException:");
  EXPECT_EQ(ErrorOf("PutRecords",
                    {{"StreamName", "s"}, {"Records", boost::json::array()}})
                .substr(0, 20),
            "ValidationException:");
}

}  // namespace
}  // namespace dsql::kinesis
