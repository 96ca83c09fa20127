// SPDX-License-Identifier: Apache-2.0

// How change streams deliver: statuses, faults, Kinesis, disorder.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/change_stream.h"
#include "dsql/cluster.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/control/stream_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/streams/change_record_sink.h"
#include "dsql/streams/kinesis/kinesis.h"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/streams/stream_fixture.h"

namespace dsql_testing {
namespace {

using ::dsql::v1::StreamFailureErrorCode;
using ::dsql::v1::StreamStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DeliveriesTest : public StreamTest {
 protected:
  void SetUp() override {
    StreamTest::SetUp();
    Run("CREATE TABLE t (id int PRIMARY KEY)");
  }

  void Insert(int id) { Run(absl::StrCat("INSERT INTO t VALUES (", id, ")")); }

  dsql::v1::GetStreamOutput Get() {
    dsql::v1::GetStreamInput input;
    input.set_cluster_identifier(cluster().identifier());
    input.set_stream_identifier(
        stream_->arn().substr(stream_->arn().rfind('/') + 1));
    auto got = fake().streams().GetStream(input);
    EXPECT_THAT(got, IsOk());
    return got.value_or(dsql::v1::GetStreamOutput());
  }
  void ExpectStatus(StreamStatus::Value status,
                    StreamFailureErrorCode::Value reason =
                        StreamFailureErrorCode::UNSPECIFIED) {
    const auto stream = Get();
    EXPECT_EQ(StreamStatus::Value_Name(stream.status()),
              StreamStatus::Value_Name(status));
    EXPECT_EQ(
        StreamFailureErrorCode::Value_Name(stream.status_reason().error()),
        StreamFailureErrorCode::Value_Name(reason));
  }

  // Until a delivery has failed.
  void AwaitImpaired() {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    for (;;) {
      DSQL_ASSERT_OK_AND_ASSIGN(const auto metrics, stream_->metrics());
      if (metrics.is_impaired) return;
      ASSERT_LT(absl::Now(), deadline) << "it is not IMPAIRED";
    }
  }

  // What a consumer finds in the Kinesis stream.
  std::vector<std::string> InKinesis() {
    std::vector<std::string> data;
    dsql::kinesis::Kinesis& kinesis = fake().kinesis();
    dsql::kinesis::Kinesis::Position position;
    position.type = "TRIM_HORIZON";
    const auto iterator = kinesis.GetShardIterator(
        "us-east-1", "target", "shardId-000000000000", position);
    EXPECT_THAT(iterator, IsOk());
    if (!iterator.ok()) return data;
    const auto batch = kinesis.GetRecords("us-east-1", *iterator, 10000);
    EXPECT_THAT(batch, IsOk());
    if (!batch.ok()) return data;
    for (const auto& record : batch->records) data.push_back(record.data);
    return data;
  }
};

TEST_F(DeliveriesTest, KinesisHasWhatTheHandleHas) {
  Insert(1);
  Insert(2);
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream_->WaitForRecords(2));
  const std::vector<std::string> data = InKinesis();
  ASSERT_THAT(data, SizeIs(2));
  EXPECT_EQ(data[0], records[0].data);
  EXPECT_EQ(data[1], records[1].data);
}

TEST_F(DeliveriesTest, WaitingForTooManyTellsHowManyThereAre) {
  Insert(1);
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  EXPECT_THAT(stream_->WaitForRecords(2, absl::Milliseconds(50)).status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       ::testing::HasSubstr("there are 1")));
}

TEST_F(DeliveriesTest, ImpairedUntilADeliverySucceeds) {
  for (const auto code : {StreamFailureErrorCode::KINESIS_THROUGHPUT_EXCEEDED,
                          StreamFailureErrorCode::ROLE_ACCESS_DENIED,
                          StreamFailureErrorCode::KINESIS_KMS_ACCESS_DENIED}) {
    ASSERT_THAT(stream_->FailNext(1000000, code), IsOk());
    Insert(static_cast<int>(code));
    AwaitImpaired();
    EXPECT_THAT(cluster().FlushStreams(absl::Milliseconds(50)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    ExpectStatus(StreamStatus::IMPAIRED, code);
    DSQL_ASSERT_OK_AND_ASSIGN(auto metrics, stream_->metrics());
    EXPECT_TRUE(metrics.is_impaired);
    EXPECT_EQ(metrics.pending_records, 1u);
    ASSERT_THAT(stream_->FailNext(0, code), IsOk());
    ASSERT_THAT(cluster().FlushStreams(), IsOk());
    ExpectStatus(StreamStatus::ACTIVE);
  }
  EXPECT_THAT(Delivered(), SizeIs(3));
}

TEST_F(DeliveriesTest, KinesissOwnErrorsImpairToo) {
  ASSERT_THAT(fake().kinesis().SetPutError(
                  "us-east-1", "target",
                  dsql::kinesis::KinesisException(
                      dsql::kinesis::kThroughputExceeded, "slow")),
              IsOk());
  Insert(1);
  AwaitImpaired();
  ExpectStatus(StreamStatus::IMPAIRED,
               StreamFailureErrorCode::KINESIS_THROUGHPUT_EXCEEDED);
  ASSERT_THAT(
      fake().kinesis().SetPutError("us-east-1", "target", absl::OkStatus()),
      IsOk());
  EXPECT_THAT(Delivered(), SizeIs(1));
  ExpectStatus(StreamStatus::ACTIVE);
}

TEST_F(DeliveriesTest, RecordsThatAreTooLongForTheTarget) {
  ASSERT_THAT(fake().kinesis().SetLongestRecord("us-east-1", "target", 1 << 20),
              IsOk());
  Run("CREATE TABLE large (id int PRIMARY KEY, a text, b text)");
  Run("INSERT INTO large VALUES (1, repeat('x', 700000), repeat('y', 700000))");
  AwaitImpaired();
  ExpectStatus(StreamStatus::IMPAIRED,
               StreamFailureErrorCode::KINESIS_OVERSIZE_RECORD);
  ASSERT_THAT(
      fake().kinesis().SetLongestRecord("us-east-1", "target", 10 << 20),
      IsOk());
  EXPECT_THAT(Delivered(), SizeIs(1));
  ExpectStatus(StreamStatus::ACTIVE);
}

TEST_F(DeliveriesTest, AMissingTargetFailsTheStreamForGood) {
  ASSERT_THAT(fake().kinesis().DeleteStream("us-east-1", "target"), IsOk());
  Insert(1);
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  ExpectStatus(StreamStatus::FAILED,
               StreamFailureErrorCode::KINESIS_STREAM_NOT_FOUND);
  Insert(2);
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  EXPECT_THAT(Delivered(), IsEmpty());
}

TEST_F(DeliveriesTest, AStatusThatATestSetsKeepsRecords) {
  ASSERT_THAT(
      cluster().SetStreamStatus(stream_->arn(), StreamStatus::IMPAIRED,
                                StreamFailureErrorCode::ROLE_ACCESS_DENIED),
      IsOk());
  Insert(1);
  EXPECT_THAT(cluster().FlushStreams(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(cluster().SetStreamStatus(stream_->arn(), StreamStatus::ACTIVE),
              IsOk());
  EXPECT_THAT(Delivered(), SizeIs(1));
}

TEST_F(DeliveriesTest, HeldDroppedAndReleased) {
  ASSERT_THAT(stream_->Hold(), IsOk());
  Insert(1);
  EXPECT_THAT(cluster().FlushStreams(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(stream_->Records(), IsOkAndHolds(IsEmpty()));
  ASSERT_THAT(stream_->DropNext(1), IsOk());
  Insert(2);
  ASSERT_THAT(stream_->Release(), IsOk());
  EXPECT_THAT(Delivered(), ElementsAre(R"(c t {"id":2})"));
}

TEST_F(DeliveriesTest, ADeletedStreamDeliversNothing) {
  Insert(1);
  EXPECT_THAT(Delivered(), SizeIs(1));
  dsql::v1::DeleteStreamInput input;
  input.set_cluster_identifier(cluster().identifier());
  input.set_stream_identifier(
      stream_->arn().substr(stream_->arn().rfind('/') + 1));
  ASSERT_THAT(fake().streams().DeleteStream(input), IsOk());
  Insert(2);
  EXPECT_THAT(cluster().FlushStreams(), IsOk());
  EXPECT_THAT(stream_->Records(), IsResourceNotFoundException());
  EXPECT_THAT(InKinesis(), SizeIs(1));
}

TEST_F(DeliveriesTest, FiveStreamsEachGetAll) {
  std::vector<dsql::ChangeStream> streams;
  for (int i = 0; i < 4; ++i) {
    DSQL_ASSERT_OK_AND_ASSIGN(streams.emplace_back(),
                              NewStream(cluster(), absl::StrCat("more", i)));
  }
  EXPECT_THAT(NewStream(cluster(), "sixth"), IsServiceQuotaExceededException());
  Insert(1);
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  for (const auto& stream : streams)
    EXPECT_THAT(stream.Records(), IsOkAndHolds(SizeIs(1)));
}

// It goes on as if nothing had happened, with the server that there is then.
TEST_F(DeliveriesTest, ARestoredClusterGoesOnDelivering) {
  Insert(1);
  DSQL_ASSERT_OK_AND_ASSIGN(const auto snapshot, cluster().Snapshot());
  Insert(2);
  EXPECT_THAT(Delivered(), SizeIs(2));
  ASSERT_THAT(cluster().Restore(snapshot), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(auto connection, Connect());
  ASSERT_THAT(connection.Execute("INSERT INTO t VALUES (3)"), IsOk());
  EXPECT_THAT(Delivered(), ElementsAre(R"(c t {"id":3})"));
}

// PostgreSQL makes a slot when who is writing has ended.
TEST_F(DeliveriesTest, AStreamThatIsMadeWhileSomebodyWrites) {
  DSQL_ASSERT_OK_AND_ASSIGN(auto cluster2, fake().CreateCluster());
  DSQL_ASSERT_OK_AND_ASSIGN(auto writer, cluster2.Connect());
  ASSERT_THAT(writer.Execute("CREATE TABLE t (id int PRIMARY KEY)"), IsOk());
  ASSERT_THAT(writer.Execute("BEGIN"), IsOk());
  ASSERT_THAT(writer.Execute("INSERT INTO t VALUES (1)"), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(auto stream, NewStream(cluster2, "second"));
  EXPECT_THAT(cluster2.FlushStreams(absl::Milliseconds(10)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_THAT(writer.Execute("COMMIT"), IsOk());
  ASSERT_THAT(cluster2.FlushStreams(), IsOk());
  ASSERT_THAT(writer.Execute("INSERT INTO t VALUES (2)"), IsOk());
  ASSERT_THAT(cluster2.FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream.Records());
  ASSERT_FALSE(records.empty());
  EXPECT_THAT(records.back().data, ::testing::HasSubstr("\"id\":2"));
}

// Nobody read the log when it was made, so that is not in it.
TEST_F(DeliveriesTest, ATableThatIsMadeWhileAStreamIs) {
  DSQL_ASSERT_OK_AND_ASSIGN(auto cluster2, fake().CreateCluster());
  DSQL_ASSERT_OK_AND_ASSIGN(auto writer, cluster2.Connect());
  ASSERT_THAT(writer.Execute("BEGIN"), IsOk());
  ASSERT_THAT(writer.Execute("CREATE TABLE t (id int PRIMARY KEY, v text)"),
              IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(auto stream, NewStream(cluster2, "second"));
  EXPECT_THAT(cluster2.FlushStreams(absl::Milliseconds(10)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_THAT(writer.Execute("COMMIT"), IsOk());
  ASSERT_THAT(cluster2.FlushStreams(), IsOk());
  ASSERT_THAT(writer.Execute("INSERT INTO t VALUES (2, 'a')"), IsOk());
  ASSERT_THAT(writer.Execute("DELETE FROM t"), IsOk());
  ASSERT_THAT(cluster2.FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream.Records());
  ASSERT_THAT(records, SizeIs(2));
  // The key alone.
  EXPECT_THAT(records[1].data, ::testing::HasSubstr(R"("before":{"id":2})"));
}

TEST_F(DeliveriesTest, HandlesOfWhatIsNotThere) {
  EXPECT_THAT(fake().stream("x"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(fake().stream(cluster().arn()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      fake().stream(cluster().arn() + "/stream/" + std::string(26, 'a')),
      IsResourceNotFoundException());
}

class MockSink : public dsql::ChangeRecordSink {
 public:
  MOCK_METHOD(absl::Status, Deliver,
              (absl::string_view stream_arn, const dsql::ChangeRecord& record),
              (override));
};

class SinkTest : public DeliveriesTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = DeliveriesTest::Options();
    options.streams.sink = &sink_;
    return options;
  }
  MockSink sink_;
};

TEST_F(SinkTest, GetsEachRecordUntilItTakesIt) {
  EXPECT_CALL(sink_, Deliver(::testing::_, ::testing::_))
      .WillOnce(::testing::Return(absl::UnavailableError("busy")))
      .WillRepeatedly(::testing::Return(absl::OkStatus()));
  Insert(1);
  EXPECT_THAT(Delivered(), SizeIs(1));
  ExpectStatus(StreamStatus::ACTIVE);
}

class NoTargetTest : public DeliveriesTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = DeliveriesTest::Options();
    options.streams.create_targets = false;
    return options;
  }
};

TEST_F(NoTargetTest, TheFirstRecordFailsTheStream) {
  ExpectStatus(StreamStatus::ACTIVE);
  Insert(1);
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  ExpectStatus(StreamStatus::FAILED,
               StreamFailureErrorCode::KINESIS_STREAM_NOT_FOUND);
}

class ClockTest : public DeliveriesTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = DeliveriesTest::Options();
    options.clock = &clock_;
    return options;
  }
  dsql::SimulatedClock clock_;
};

TEST_F(ClockTest, NothingIsDeliveredWhileItIsCreating) {
  ExpectStatus(StreamStatus::CREATING);
  Insert(1);
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  clock_.Advance(absl::Minutes(10));
  ExpectStatus(StreamStatus::ACTIVE);
  Insert(2);
  EXPECT_THAT(Delivered(), ElementsAre(R"(c t {"id":2})"));
}

TEST_F(ClockTest, DelayedRecordsAreBehind) {
  clock_.Advance(absl::Minutes(10));
  ASSERT_THAT(stream_->SetDelay(absl::Seconds(30)), IsOk());
  Insert(1);
  EXPECT_THAT(cluster().FlushStreams(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  clock_.Advance(absl::Seconds(20));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto metrics, stream_->metrics());
  EXPECT_EQ(metrics.behind_source_lag, absl::Seconds(20));
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(Delivered(), SizeIs(1));
}

}  // namespace
}  // namespace dsql_testing
