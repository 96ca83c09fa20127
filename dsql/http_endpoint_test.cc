// SPDX-License-Identifier: Apache-2.0

#include "dsql/http_endpoint.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/control_plane.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/environment.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/credentials.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/streams/kinesis/kinesis.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/http_client.h"

namespace dsql {
namespace {

using ::dsql_testing::HttpAnswer;
using ::dsql_testing::HttpClient;
using ::dsql_testing::IsOk;
using ::dsql_testing::StatusIs;
using ::testing::HasSubstr;

class HttpEndpointTest : public ::testing::Test {
 protected:
  HttpEndpointTest() {
    options_.clock = options_.signature_clock = &clock_;
    options_.ids = &ids_;
    options_.http.verify_signatures = false;
  }

  absl::StatusOr<std::unique_ptr<HttpEndpoint>> Start() {
    return HttpEndpoint::Start(options_, &control_, &kinesis_, &credentials_);
  }

  FakeDsqlOptions options_;
  SystemClock clock_;
  RandomIdGenerator ids_;
  InMemoryStorage storage_;
  NullDataPlane no_rows_;
  ControlPlane control_{ControlPlaneOptions(), &storage_, &clock_, &ids_,
                        &no_rows_};
  kinesis::Kinesis kinesis_{"000000000000", &clock_};
  CredentialStore credentials_;
};

TEST_F(HttpEndpointTest, ARequestGoesToTheServiceThatItIsFor) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto endpoint, Start());
  const HttpAnswer clusters =
      HttpClient(endpoint->port()).Call("GET", "/cluster");
  EXPECT_EQ(clusters.status, 200);
  EXPECT_THAT(clusters.body, HasSubstr("clusters"));
  const HttpAnswer streams =
      HttpClient(endpoint->port())
          .Call("POST", "/", "{}",
                "X-Amz-Target: Kinesis_20131202.ListStreams\r\n"
                "Content-Type: application/x-amz-json-1.1\r\n");
  EXPECT_EQ(streams.status, 200);
  EXPECT_THAT(streams.body, HasSubstr("StreamNames"));
  EXPECT_EQ(control_.calls().Count("ListClusters"), 1u);
}

TEST_F(HttpEndpointTest, BothServicesVerifySignatures) {
  options_.http.verify_signatures = true;
  DSQL_ASSERT_OK_AND_ASSIGN(const auto endpoint, Start());
  EXPECT_EQ(HttpClient(endpoint->port()).Call("GET", "/cluster").status, 403);
  EXPECT_THAT(HttpClient(endpoint->port())
                  .Call("POST", "/", "{}",
                        "X-Amz-Target: Kinesis_20131202.ListStreams\r\n"
                        "Content-Type: application/x-amz-json-1.1\r\n")
                  .body,
              HasSubstr("MissingAuthentication"));
  EXPECT_EQ(control_.calls().Refused().size(), 1u) << "that of DSQL's";
}

TEST_F(HttpEndpointTest, APortThatIsTakenIsNamed) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto first, Start());
  options_.http.port = first->port();
  EXPECT_THAT(Start().status(), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(HttpEndpointTest, ItsUrlIsWhereItListensUntilItIsStopped) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto endpoint, Start());
  EXPECT_EQ(dsql_testing::PortOf(endpoint->url()), endpoint->port());
  const int port = endpoint->port();
  endpoint->Stop(absl::Seconds(5));
  options_.http.port = port;
  EXPECT_THAT(Start(), IsOk()) << "the port is free again";
}

}  // namespace
}  // namespace dsql
