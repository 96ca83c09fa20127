// SPDX-License-Identifier: Apache-2.0

// What change streams deliver of what clients do.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "dsql/cluster.h"
#include "dsql/fake_dsql.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/streams/stream_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class StreamsTest : public StreamTest {
 protected:
  void SetUp() override {
    StreamTest::SetUp();
    Run("CREATE TABLE t (id int PRIMARY KEY, v text)");
    EXPECT_THAT(Delivered(), IsEmpty());
  }
};

TEST_F(StreamsTest, RecordsHaveTheFormOfTheDocumentation) {
  Run("INSERT INTO t VALUES (1, 'a')");
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream_->Records());
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_THAT(
      records[0].data,
      MatchesRegex(absl::StrCat(
          R"(\{"type":"full","op":"c","before":null,"after":\{"id":1,)"
          R"("v":"a"\},"source":\{"version":"1\.0","ts_ms":[0-9]{13},)"
          R"("ts_ns":[0-9]{19},"txId":"[a-z2-7]{26}","schema":"public",)"
          R"("table":"t","db":"postgres","cluster":")",
          cluster().identifier(),
          R"("\},"ts_ms":[0-9]{13},"ts_ns":[0-9]{19}\})")));
  EXPECT_FALSE(records[0].partition_key.empty());
}

TEST_F(StreamsTest, NetChangesOfATransaction) {
  Run("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  EXPECT_THAT(Delivered(), ElementsAre(R"(c t {"id":1,"v":"a"})",
                                       R"(c t {"id":2,"v":"b"})"));
  Run("UPDATE t SET v = 'c' WHERE id = 1");
  EXPECT_THAT(Delivered(), ElementsAre(R"(u t {"id":1,"v":"c"})"));
  Run("UPDATE t SET v = v WHERE id = 1");
  EXPECT_THAT(Delivered(), ElementsAre(R"(u t {"id":1,"v":"c"})"));
  Run("DELETE FROM t WHERE id = 2");
  EXPECT_THAT(Delivered(), ElementsAre(R"(d t {"id":2})"));
  Run("BEGIN");
  Run("INSERT INTO t VALUES (3, 'x')");
  Run("UPDATE t SET v = 'y' WHERE id = 3");
  Run("INSERT INTO t VALUES (4, 'x')");
  Run("DELETE FROM t WHERE id = 4");
  Run("UPDATE t SET v = 'd' WHERE id = 1");
  Run("DELETE FROM t WHERE id = 1");
  Run("COMMIT");
  EXPECT_THAT(Delivered(), UnorderedElementsAre(R"(c t {"id":3,"v":"y"})",
                                                R"(d t {"id":1})"));
  Run("UPDATE t SET id = 5 WHERE id = 3");
  EXPECT_THAT(Delivered(), UnorderedElementsAre(R"(d t {"id":3})",
                                                R"(c t {"id":5,"v":"y"})"));
}

TEST_F(StreamsTest, WhatIsNotCommittedIsNotDelivered) {
  Run("BEGIN");
  Run("INSERT INTO t VALUES (1, 'a')");
  EXPECT_THAT(Delivered(), IsEmpty());
  Run("ROLLBACK");
  EXPECT_FALSE(connection_->Execute("INSERT INTO t VALUES (1)/0").ok());
  EXPECT_THAT(Delivered(), IsEmpty());
}

TEST_F(StreamsTest, RowsThatAreOnlyLockedAreNotChanged) {
  Run("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  EXPECT_THAT(Delivered(), SizeIs(2));
  Run("BEGIN");
  Run("SELECT * FROM t WHERE id = 1 FOR UPDATE");
  Run("UPDATE t SET v = 'c' WHERE id = 2");
  Run("COMMIT");
  EXPECT_THAT(Delivered(), ElementsAre(R"(u t {"id":2,"v":"c"})"));
}

// Losers and those that stepped aside write temporary copies of tables.
TEST_F(StreamsTest, ConflictsAreNotDelivered) {
  Run("INSERT INTO t VALUES (1, 'a')");
  EXPECT_THAT(Delivered(), SizeIs(1));
  DSQL_ASSERT_OK_AND_ASSIGN(auto other, Connect());
  Run("BEGIN");
  Run("UPDATE t SET v = 'first' WHERE id = 1");
  ASSERT_THAT(other.Execute("BEGIN"), IsOk());
  ASSERT_THAT(other.Execute("UPDATE t SET v = 'second' WHERE id = 1"), IsOk());
  ASSERT_THAT(other.Execute("INSERT INTO t VALUES (2, 'second')"), IsOk());
  Run("COMMIT");
  EXPECT_FALSE(other.Execute("COMMIT").ok());
  EXPECT_THAT(Delivered(), ElementsAre(R"(u t {"id":1,"v":"first"})"));
}

TEST_F(StreamsTest, EveryWayToWrite) {
  ASSERT_THAT(connection_->CopyFrom("COPY t FROM STDIN", "1\ta\n2\tb\n"),
              IsOk());
  EXPECT_THAT(Delivered(), SizeIs(2));
  Run("CREATE TABLE child (id int PRIMARY KEY,"
      " parent int REFERENCES t ON DELETE CASCADE)");
  Run("INSERT INTO child VALUES (10, 1)");
  EXPECT_THAT(Delivered(), SizeIs(1));
  Run("DELETE FROM t WHERE id = 1");
  EXPECT_THAT(Delivered(),
              UnorderedElementsAre(R"(d t {"id":1})", R"(d child {"id":10})"));
}

TEST_F(StreamsTest, EveryType) {
  Run("CREATE DOMAIN positive AS int CHECK (value > 0)");
  Run("CREATE TABLE types (id bigint PRIMARY KEY, s smallint, f4 real,"
      " f8 double precision, n numeric(20,2), b boolean, c char(5),"
      " vc varchar(9), u uuid, raw bytea, d date, tm time, tz timetz,"
      " ts timestamp, tstz timestamptz, iv interval, p positive,"
      " g int GENERATED ALWAYS AS (s * 2) STORED)");
  Run("INSERT INTO types VALUES (9007199254740993, -2, 'NaN', 1.5, 12.5, true,"
      " 'ab', 'x y', '392b1aa9-11db-4f73-a576-e0c44a9a1548', '\\x00ff',"
      " '1970-01-02', '00:00:01', '00:00:01+01', 'infinity',"
      " '1970-01-01 00:00:00.000001+00', '1 month', 7)");
  EXPECT_THAT(
      Delivered(),
      ElementsAre(
          R"(c types {"id":9007199254740993,"s":-2,"f4":"NaN","f8":1.5E0,)"
          R"("n":"12.50","b":true,"c":"ab","vc":"x y",)"
          R"("u":"392b1aa9-11db-4f73-a576-e0c44a9a1548","raw":"AP8=","d":1,)"
          R"("tm":1000000,"tz":82801000000,"ts":9223372036825200000,)"
          R"("tstz":1,"iv":2629800000000,"p":7,"g":-4})"));
  Run("UPDATE types SET s = NULL, f8 = '-Infinity', n = 'NaN'");
  const std::vector<std::string> updated = Delivered();
  ASSERT_THAT(updated, SizeIs(1));
  EXPECT_THAT(updated[0],
              ::testing::HasSubstr(
                  R"("s":null,"f4":"NaN","f8":"-Infinity","n":"NaN")"));
}

// A large value that an UPDATE leaves alone is stored apart.
TEST_F(StreamsTest, ValuesThatAreStoredApart) {
  Run("CREATE TABLE large (id int PRIMARY KEY, b bytea, n int)");
  Run("INSERT INTO large SELECT 1, decode(string_agg(md5(i::text), ''), 'hex'),"
      " 0 FROM generate_series(1, 5000) i");
  const std::vector<std::string> created = Delivered();
  ASSERT_THAT(created, SizeIs(1));
  Run("UPDATE large SET n = 1");
  const std::vector<std::string> updated = Delivered();
  ASSERT_THAT(updated, SizeIs(1));
  EXPECT_EQ(updated[0].size(), created[0].size());
  EXPECT_EQ(updated[0].substr(1, 100000), created[0].substr(1, 100000));
}

TEST_F(StreamsTest, OddText) {
  DSQL_ASSERT_OK_AND_ASSIGN(
      const auto inserted,
      connection_->Query(
          "INSERT INTO t VALUES (1, $1)",
          {"it''s\n\"new-tuple:\" \\ 'x\t\xf0\x9f\x98\x80 null"}));
  EXPECT_EQ(inserted.affected_rows(), 1);
  EXPECT_THAT(
      Delivered(),
      ElementsAre("c t {\"id\":1,\"v\":\"it''s\\n\\\"new-tuple:\\\" \\\\ "
                  "'x\\t\xf0\x9f\x98\x80 null\"}"));
}

TEST_F(StreamsTest, TransactionsAsLargeAsTheyMayBe) {
  Run("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 3000) i");
  Run("UPDATE t SET v = 'y'");
  Run("DELETE FROM t");
  EXPECT_THAT(Delivered(), SizeIs(9000));
}

// 900,000 bytes that are six times as long in JSON, twice.
TEST_F(StreamsTest, RowsBeyondNineMebibytesAreInFragments) {
  Run("CREATE TABLE large (id int PRIMARY KEY, a text, b text)");
  Run("INSERT INTO large VALUES"
      " (1, repeat(chr(1), 900000), repeat(chr(2), 900000))");
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream_->Records());
  ASSERT_GT(records.size(), 2u);
  const auto record = boost::json::parse(records[0].data);
  EXPECT_EQ(record.at("type").as_string(), "chunked");
  EXPECT_TRUE(record.at("after").is_null());
  const auto chunk = record.at("chunked").at("after");
  EXPECT_EQ(chunk.at("total_fragments").as_int64(),
            static_cast<int64_t>(records.size()) - 1);
  std::string image;
  for (size_t i = 1; i < records.size(); ++i) {
    EXPECT_LT(records[i].data.size(), 10u << 20);
    const auto fragment = boost::json::parse(records[i].data);
    EXPECT_EQ(fragment.at("chunk_id"), chunk.at("chunk_id"));
    EXPECT_EQ(fragment.at("index").as_int64(), static_cast<int64_t>(i) - 1);
    image += fragment.at("data").as_string().c_str();
  }
  EXPECT_EQ(boost::json::parse(image).at("b").as_string().size(), 900000u);
}

TEST_F(StreamsTest, TablesWithoutAKey) {
  Run("CREATE TABLE log (a int, b text)");
  Run("INSERT INTO log VALUES (1, 'x'), (1, 'x'), (2, NULL)");
  EXPECT_THAT(Delivered(), SizeIs(3));
  Run("UPDATE log SET b = 'y' WHERE a = 2");
  EXPECT_THAT(Delivered(), ElementsAre(R"(u log {"a":2,"b":"y"})"));
  Run("DELETE FROM log WHERE a = 1");
  EXPECT_THAT(Delivered(), ElementsAre("d log", "d log"));
}

TEST_F(StreamsTest, KeysOfSeveralColumnsAndOddNames) {
  Run("CREATE SCHEMA \"odd S\"");
  Run("CREATE TABLE \"odd S\".\"T \"\"q\" (\"b [x]:\" text, a int,"
      " c int, PRIMARY KEY (a, \"b [x]:\"))");
  Run("INSERT INTO \"odd S\".\"T \"\"q\" VALUES ('it''s', 1, 2)");
  EXPECT_THAT(Delivered(),
              ElementsAre("c T \"q {\"b [x]:\":\"it's\",\"a\":1,\"c\":2}"));
  Run("DELETE FROM \"odd S\".\"T \"\"q\"");
  EXPECT_THAT(Delivered(),
              ElementsAre("d T \"q {\"a\":1,\"b [x]:\":\"it's\"}"));
}

TEST_F(StreamsTest, SchemaChangesShowFromTheirCommitOn) {
  Run("INSERT INTO t VALUES (1, 'a')");
  Run("ALTER TABLE t ADD COLUMN w int");
  Run("INSERT INTO t VALUES (2, 'b', 3)");
  Run("ALTER TABLE t RENAME COLUMN id TO key");
  Run("DELETE FROM t WHERE key = 1");
  Run("ALTER TABLE t RENAME TO u");
  Run("DELETE FROM u WHERE key = 2");
  EXPECT_THAT(Delivered(), ElementsAre(R"(c t {"id":1,"v":"a"})",
                                       R"(c t {"id":2,"v":"b","w":3})",
                                       R"(d t {"key":1})", R"(d u {"key":2})"));
  // What is gone when it is read is told all the same.
  Run("CREATE TABLE short (k int PRIMARY KEY)");
  Run("INSERT INTO short VALUES (1)");
  Run("DELETE FROM short");
  Run("DROP TABLE short");
  EXPECT_THAT(Delivered(),
              ElementsAre(R"(c short {"k":1})", R"(d short {"k":1})"));
}

TEST_F(StreamsTest, JobsAndSchemaChangesAreNoChanges) {
  Run("INSERT INTO t VALUES (1, 'a')");
  EXPECT_THAT(Delivered(), SizeIs(1));
  Run("CREATE INDEX ASYNC i ON t (v)");
  Run("SELECT count(*) FROM sys.jobs");
  Run("CREATE SEQUENCE s CACHE 1");
  Run("SELECT nextval('s')");
  EXPECT_THAT(Delivered(), IsEmpty());
}

TEST_F(StreamsTest, ClientsSeeNothingOfIt) {
  const auto value = [&](const std::string& sql) -> std::string {
    const auto result = connection_->Execute(sql);
    EXPECT_THAT(result, IsOk()) << sql;
    return result.ok() ? result->Scalar<std::string>().value_or("?") : "";
  };
  EXPECT_EQ(value("SELECT relreplident FROM pg_class WHERE relname = 't'"),
            "d");
  EXPECT_EQ(value("SELECT count(*) FROM pg_publication"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM pg_event_trigger"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM pg_replication_slots"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM pg_stat_replication"), "0");
}

TEST_F(StreamsTest, WhatWasThereBeforeIsNotDelivered) {
  Run("INSERT INTO t VALUES (1, 'a')");
  EXPECT_THAT(Delivered(), SizeIs(1));
  DSQL_ASSERT_OK_AND_ASSIGN(auto late, NewStream(cluster(), "late"));
  Run("DELETE FROM t");
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  EXPECT_THAT(Delivered(), ElementsAre(R"(d t {"id":1})"));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, late.Records());
  EXPECT_THAT(records, SizeIs(1));
}

TEST_F(StreamsTest, TimesRiseFromCommitToCommit) {
  for (int i = 0; i < 20; ++i)
    Run(absl::StrCat("INSERT INTO t VALUES (", 2 * i, "), (", 2 * i + 1, ")"));
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream_->Records());
  ASSERT_THAT(records, SizeIs(40));
  int64_t last = 0;
  for (int i = 0; i < 40; i += 2) {
    const auto first = boost::json::parse(records[i].data).at("source");
    const auto second = boost::json::parse(records[i + 1].data).at("source");
    EXPECT_EQ(boost::json::serialize(first), boost::json::serialize(second));
    EXPECT_GT(first.at("ts_ns").as_int64(), last);
    last = first.at("ts_ns").as_int64();
  }
}

TEST_F(StreamsTest, BothClustersOfAPairDeliverAllChanges) {
  DSQL_ASSERT_OK_AND_ASSIGN(auto pair, fake().CreateClusterPair());
  DSQL_ASSERT_OK_AND_ASSIGN(auto first_stream, NewStream(pair.first));
  DSQL_ASSERT_OK_AND_ASSIGN(auto second_stream, NewStream(pair.second));
  DSQL_ASSERT_OK_AND_ASSIGN(auto first, pair.first.Connect());
  DSQL_ASSERT_OK_AND_ASSIGN(auto second, pair.second.Connect());
  ASSERT_THAT(first.Execute("CREATE TABLE t (id int PRIMARY KEY)"), IsOk());
  ASSERT_THAT(first.Execute("INSERT INTO t VALUES (1)"), IsOk());
  // The first statement after a schema change may have to be sent again.
  const auto inserted = second.Execute("INSERT INTO t VALUES (2)");
  if (!inserted.ok()) {
    ASSERT_THAT(second.Execute("INSERT INTO t VALUES (2)"), IsOk());
  }
  for (const auto& [cluster, stream] :
       {std::make_pair(pair.first, first_stream),
        std::make_pair(pair.second, second_stream)}) {
    ASSERT_THAT(cluster.FlushStreams(), IsOk());
    DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream.Records());
    ASSERT_THAT(records, SizeIs(2));
    EXPECT_EQ(boost::json::parse(records[0].data)
                  .at("source")
                  .at("cluster")
                  .as_string(),
              cluster.identifier().c_str());
  }
}

}  // namespace
}  // namespace dsql_testing
