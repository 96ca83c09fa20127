// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis_sink.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/http/http_handler.h"
#include "dsql/http/http_message.h"
#include "dsql/http/http_server.h"
#include "dsql/http/signature.h"
#include "dsql/iam/credentials.h"
#include "dsql/streams/delivery_error.h"
#include "dsql/streams/kinesis/kinesis.h"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "dsql/streams/kinesis/kinesis_handler.h"
#include "dsql/v1/dsql.pb.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

class KinesisSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    credentials_.Put({"AKID", "secret", "", "arn:aws:iam::1:root"});
    kinesis::KinesisHandlerOptions handler;
    handler.kinesis = &kinesis_;
    handler.clock = &clock_;
    handler.authenticate = [this](const http::HttpRequest& request) {
      return http::Authenticate(request, credentials_, absl::Now(), "kinesis");
    };
    handler_ = std::make_unique<kinesis::KinesisHandler>(handler);
    auto server = http::HttpServer::Start({}, handler_.get());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    kinesis::StreamSpec spec;
    spec.name = "orders";
    ASSERT_TRUE(kinesis_.CreateStream("eu-west-1", spec).ok());
  }

  KinesisSink::Options Options() {
    KinesisSink::Options options;
    options.endpoint_url = server_->url();
    options.stream_name = "orders";
    options.region = "eu-west-1";
    options.access_key_id = "AKID";
    options.secret_access_key = "secret";
    return options;
  }

  absl::Status Deliver(const KinesisSink::Options& options) {
    auto sink = KinesisSink::Create(options);
    if (!sink.ok()) return sink.status();
    return (*sink)->Deliver("arn", {"{\"a\":\"\xc3\xa9\"}", "key"});
  }

  SystemClock clock_;
  CredentialStore credentials_;
  kinesis::Kinesis kinesis_{"000000000000", &clock_};
  std::unique_ptr<kinesis::KinesisHandler> handler_;
  std::unique_ptr<http::HttpServer> server_;
};

TEST_F(KinesisSinkTest, PutsSignedRecords) {
  const absl::Status delivered = Deliver(Options());
  ASSERT_TRUE(delivered.ok()) << delivered;
  kinesis::Kinesis::Position position;
  position.type = "TRIM_HORIZON";
  const auto iterator = kinesis_.GetShardIterator(
      "eu-west-1", "orders", "shardId-000000000000", position);
  ASSERT_TRUE(iterator.ok());
  const auto batch = kinesis_.GetRecords("eu-west-1", *iterator, 10);
  ASSERT_TRUE(batch.ok());
  ASSERT_EQ(batch->records.size(), 1u);
  EXPECT_EQ(batch->records[0].data, "{\"a\":\"\xc3\xa9\"}");
  EXPECT_EQ(batch->records[0].partition_key, "key");
}

TEST_F(KinesisSinkTest, TellsWhatKinesisSays) {
  using Code = v1::StreamFailureErrorCode;
  KinesisSink::Options options = Options();
  options.stream_name = "none";
  EXPECT_EQ(streams::FailureCodeOf(Deliver(options)),
            Code::KINESIS_STREAM_NOT_FOUND);
  options = Options();
  options.secret_access_key = "wrong";
  EXPECT_EQ(kinesis::ExceptionNameOf(Deliver(options)),
            "InvalidSignatureException");
  ASSERT_TRUE(kinesis_
                  .SetPutError("eu-west-1", "orders",
                               kinesis::KinesisException(
                                   kinesis::kThroughputExceeded, "slow"))
                  .ok());
  EXPECT_EQ(streams::FailureCodeOf(Deliver(Options())),
            Code::KINESIS_THROUGHPUT_EXCEEDED);
}

TEST_F(KinesisSinkTest, NobodyListensThere) {
  const KinesisSink::Options options = Options();
  server_->Stop(absl::Seconds(5));
  EXPECT_EQ(Deliver(options).code(), absl::StatusCode::kUnavailable);
}

// A handler that answers once it may.
class SlowHandler final : public http::HttpHandler {
 public:
  http::HttpResponse Handle(const http::HttpRequest&) override {
    done_.WaitForNotification();
    return {};
  }
  http::HttpResponse Refuse(int, absl::string_view) override { return {}; }
  void Finish() { done_.Notify(); }

 private:
  absl::Notification done_;
};

TEST_F(KinesisSinkTest, WaitsNoLongerThanItMay) {
  SlowHandler handler;
  auto server = http::HttpServer::Start({}, &handler);
  ASSERT_TRUE(server.ok()) << server.status();
  KinesisSink::Options options = Options();
  options.endpoint_url = (*server)->url();
  options.timeout = absl::Milliseconds(50);
  EXPECT_EQ(Deliver(options).code(), absl::StatusCode::kDeadlineExceeded);
  handler.Finish();
}

TEST_F(KinesisSinkTest, OptionsThatCannotBe) {
  for (const char* url :
       {"", "127.0.0.1:1", "https://127.0.0.1:1", "http://", "http://:1",
        "http://a:x", "http://a:0", "http://a:1/path", "http://a:70000"}) {
    KinesisSink::Options options = Options();
    options.endpoint_url = url;
    EXPECT_EQ(Deliver(options).code(), absl::StatusCode::kInvalidArgument)
        << url;
  }
  KinesisSink::Options options = Options();
  options.stream_name.clear();
  EXPECT_EQ(Deliver(options).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dsql
