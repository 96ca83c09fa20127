// SPDX-License-Identifier: Apache-2.0

// One FakeDsql for callers by HTTP and by C++.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/aws/errors.h"
#include "dsql/base/clock.h"
#include "dsql/control/call_log.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/fault_injector.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/http_client.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::testing::HasSubstr;

class FakeDsqlHttpTest : public ::testing::Test {
 protected:
  static FakeDsqlOptions Options() {
    FakeDsqlOptions options = FakeDsqlOptions::Faithful();
    options.postgres.enabled = false;
    options.http.enabled = true;
    return options;
  }

  void Start(const FakeDsqlOptions& options) {
    clock_ = options.signature_clock == nullptr ? &machine_
                                                : options.signature_clock;
    credentials_.access_key_id = options.access_key_id;
    credentials_.secret_access_key = options.secret_access_key;
    auto fake = FakeDsql::Create(options);
    ASSERT_THAT(fake, IsOk());
    fake_ = *std::move(fake);
    ASSERT_THAT(fake_->http_endpoint(), IsOk());
    port_ = PortOf(*fake_->http_endpoint());
  }

  // A call signed with `credentials_` for `region`.
  HttpAnswer Call(const std::string& method, const std::string& target,
                  const std::string& body = "",
                  const std::string& region = "us-east-1") {
    dsql::SigV4Request request;
    request.method = method;
    dsql::SetTarget(target, &request);
    request.headers = {{"Host", "test"}};
    request.body = body;
    dsql::SigV4SigningContext context;
    context.region = region;
    context.now = clock_->Now();
    dsql::SignRequest(credentials_, context, &request);
    std::string headers;
    for (const auto& header : request.headers) {
      if (header.first == "Host") continue;
      absl::StrAppend(&headers, header.first, ": ", header.second, "\r\n");
    }
    return HttpClient(port_).Call(method, target, body, headers);
  }

  dsql::SystemClock machine_;
  dsql::Clock* clock_ = nullptr;
  dsql::Credentials credentials_;
  std::unique_ptr<FakeDsql> fake_;
  int port_ = 0;
};

TEST_F(FakeDsqlHttpTest, BothKindsOfCallersSeeTheSameClusters) {
  Start(Options());
  const auto created = fake_->clusters().CreateCluster({});
  ASSERT_THAT(created, IsOk());
  EXPECT_THAT(Call("GET", "/cluster").body, HasSubstr(created->identifier()));
  ASSERT_EQ(Call("POST", "/cluster", "{}").status, 200);
  EXPECT_EQ(fake_->clusters().ListClusters({})->clusters_size(), 2);
}

TEST_F(FakeDsqlHttpTest, TheSignatureNamesTheRegion) {
  Start(Options());
  ASSERT_EQ(Call("POST", "/cluster", "{}", "eu-west-1").status, 200);
  EXPECT_EQ(fake_->clusters("eu-west-1").ListClusters({})->clusters_size(), 1);
  EXPECT_EQ(fake_->clusters().ListClusters({})->clusters_size(), 0);
}

TEST_F(FakeDsqlHttpTest, FaultsAndTheCallLogCoverHttp) {
  Start(Options());
  ASSERT_THAT(fake_->faults().FailNext("ListClusters",
                                       dsql::ThrottlingException("slow", 3)),
              IsOk());
  const HttpAnswer answer = Call("GET", "/cluster?max-results=7");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.Header("Retry-After"), "3");
  const auto calls = fake_->calls().Of("ListClusters");
  ASSERT_EQ(calls.size(), 1);
  EXPECT_THAT(calls[0].status, IsThrottlingException());
  EXPECT_EQ(dynamic_cast<const dsql::v1::ListClustersInput&>(*calls[0].request)
                .max_results(),
            7);
}

TEST_F(FakeDsqlHttpTest, AllViolationsAreReportedAtOnce) {
  Start(Options());
  const HttpAnswer answer =
      Call("POST", "/stream/abc", R"({"ordering":"SORTED","format":null})");
  EXPECT_EQ(answer.status, 400);
  for (const char* member :
       {"clusterIdentifier", "targetDefinition", "ordering", "format"}) {
    EXPECT_THAT(answer.body,
                HasSubstr(absl::StrCat("\"name\":\"", member, "\"")));
  }
  EXPECT_THAT(answer.body, HasSubstr(R"("reason":"fieldValidationFailed")"));
}

// AWS's SDKs sign by the machine's clock, whatever time it is for clusters.
TEST_F(FakeDsqlHttpTest, AnInjectedClockLocksNoSdkOut) {
  dsql::SimulatedClock clock;
  FakeDsqlOptions options = Options();
  options.clock = &clock;
  Start(options);
  EXPECT_EQ(Call("GET", "/cluster").status, 200);
}

TEST_F(FakeDsqlHttpTest, SignaturesAreVerifiedByTheSignatureClock) {
  dsql::SimulatedClock clock;
  FakeDsqlOptions options = Options();
  options.signature_clock = &clock;
  Start(options);
  EXPECT_EQ(Call("GET", "/cluster").status, 200);
  clock_ = &machine_;
  const HttpAnswer skewed = Call("GET", "/cluster");
  EXPECT_EQ(skewed.status, 403);
  EXPECT_EQ(skewed.Header("x-amzn-ErrorType"), "InvalidSignatureException");
  EXPECT_EQ(skewed.Header("Date"), "Thu, 01 Jan 2026 00:00:00 GMT");
}

TEST_F(FakeDsqlHttpTest, CredentialsComeAndGo) {
  Start(Options());
  credentials_.access_key_id = "ASIAOTHER";
  credentials_.session_token = "session";
  EXPECT_EQ(Call("GET", "/cluster").Header("x-amzn-ErrorType"),
            "UnrecognizedClientException");
  fake_->credentials().Put(credentials_);
  EXPECT_EQ(Call("GET", "/cluster").status, 200);
  fake_->credentials().Remove("ASIAOTHER");
  EXPECT_EQ(Call("GET", "/cluster").status, 403);
  EXPECT_EQ(fake_->calls().Count("ListClusters"), 1);
}

TEST_F(FakeDsqlHttpTest, LocalStackVerifiesNoSignatures) {
  FakeDsqlOptions options = FakeDsqlOptions::LocalStack();
  options.postgres.enabled = false;
  options.http.enabled = true;
  Start(options);
  EXPECT_EQ(HttpClient(port_).Call("GET", "/cluster").status, 200);
  credentials_.secret_access_key = "wrong";
  EXPECT_EQ(Call("GET", "/cluster").status, 200);
}

TEST_F(FakeDsqlHttpTest, ManyCallersAtATime) {
  Start(Options());
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        EXPECT_EQ(Call("GET", "/cluster").status, 200);
        EXPECT_THAT(fake_->clusters().ListClusters({}), IsOk());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(fake_->calls().Count("ListClusters"), 8 * 20 * 2);
}

TEST_F(FakeDsqlHttpTest, WithoutHttpThereIsNoEndpoint) {
  FakeDsqlOptions options = Options();
  options.http.enabled = false;
  const auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  EXPECT_THAT((*fake)->http_endpoint(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("http.enabled")));
}

TEST_F(FakeDsqlHttpTest, ATakenPortFailsCreate) {
  Start(Options());
  FakeDsqlOptions options = Options();
  options.http.port = port_;
  EXPECT_THAT(FakeDsql::Create(options),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr(absl::StrCat("port ", port_))));
}

// Sleeps until told otherwise, and says when it does.
class SleepyClock final : public dsql::Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch(); }
  void SleepFor(absl::Duration duration) override {
    if (!asleep.HasBeenNotified()) asleep.Notify();
    absl::SleepFor(duration);
  }

  absl::Notification asleep;
};

TEST_F(FakeDsqlHttpTest, StopEndsADelayedRequest) {
  SleepyClock clock;
  FakeDsqlOptions options = Options();
  options.clock = &clock;
  Start(options);
  dsql::Fault fault;
  fault.operation = "ListClusters";
  fault.latency = absl::Hours(1);
  ASSERT_THAT(fake_->faults().Add(fault), IsOk());
  std::thread caller([&] { EXPECT_EQ(Call("GET", "/cluster").status, 500); });
  clock.asleep.WaitForNotification();
  EXPECT_THAT(fake_->Stop(), IsOk());
  caller.join();
  EXPECT_THAT(fake_->http_endpoint(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(fake_->Stop(), IsOk());
}

}  // namespace
}  // namespace dsql_testing
