// SPDX-License-Identifier: Apache-2.0

// FakeDsqlOptions::log: all that is called and sent, without secrets.

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "dsql/cluster.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "dsql/postgres/connection.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/http_client.h"

namespace dsql_testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kSecret[] = "a-secret-access-key-of-a-test";
constexpr char kSessionToken[] = "a-session-token-of-a-test";

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dsql::FakeDsqlOptions options;
    options.http.enabled = true;
    options.log = [this](absl::string_view line) {
      absl::MutexLock lock(&mutex_);
      lines_.emplace_back(line);
    };
    DSQL_ASSERT_OK_AND_ASSIGN(fake_, dsql::FakeDsql::Create(options));
    credentials_.access_key_id = "ASIATEST";
    credentials_.secret_access_key = kSecret;
    credentials_.session_token = kSessionToken;
    fake_->credentials().Put(credentials_);
  }

  // Signed with `credentials_`.
  HttpAnswer Call(const std::string& method, const std::string& target) {
    dsql::SigV4Request request;
    request.method = method;
    dsql::SetTarget(target, &request);
    request.headers = {{"Host", "test"}};
    dsql::SigV4SigningContext context;
    context.region = "us-east-1";
    context.now = absl::Now();
    dsql::SignRequest(credentials_, context, &request);
    std::string headers;
    for (const auto& header : request.headers) {
      if (header.first != "Host")
        absl::StrAppend(&headers, header.first, ": ", header.second, "\r\n");
    }
    const auto endpoint = fake_->http_endpoint();
    EXPECT_THAT(endpoint, IsOk());
    return HttpClient(PortOf(endpoint.value_or("")))
        .Call(method, target, "", headers);
  }

  std::vector<std::string> Lines() {
    absl::MutexLock lock(&mutex_);
    return lines_;
  }

  absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  dsql::Credentials credentials_;
  std::unique_ptr<dsql::FakeDsql> fake_;
};

TEST_F(LogTest, CallsByCppByHttpAndSqlAreInOnePlace) {
  DSQL_ASSERT_OK_AND_ASSIGN(const dsql::Cluster cluster,
                            fake_->CreateCluster());
  EXPECT_EQ(Call("GET", "/cluster").status, 200);
  DSQL_ASSERT_OK_AND_ASSIGN(auto connection, cluster.Connect());
  ASSERT_THAT(connection.Execute("SELECT 42"), IsOk());
  EXPECT_THAT(Lines(), AllOf(Contains(AllOf(StartsWith("CreateCluster {"),
                                            HasSubstr("in us-east-1 -> OK"),
                                            HasSubstr(cluster.identifier()))),
                             Contains("GET /cluster 200"),
                             Contains(HasSubstr("SELECT 42"))));
  EXPECT_THAT(Lines(), Not(Contains(HasSubstr("ListClusters"))))
      << "what is called by HTTP is there once";
}

TEST_F(LogTest, ErrorsAreThere) {
  dsql::v1::GetClusterInput input;
  input.set_identifier("abcdefghijklmnopqrstuvwxyz");
  EXPECT_THAT(fake_->clusters().GetCluster(input),
              IsResourceNotFoundException());
  EXPECT_THAT(Lines(), Contains(AllOf(StartsWith("GetCluster {"),
                                      HasSubstr("ResourceNotFoundException"))));
  EXPECT_EQ(Call("GET", "/cluster/abcdefghijklmnopqrstuvwxyz").status, 404);
  EXPECT_THAT(Lines(), Contains(EndsWith(" 404")));
}

TEST_F(LogTest, NoLineHasASecret) {
  DSQL_ASSERT_OK_AND_ASSIGN(const dsql::Cluster cluster,
                            fake_->CreateCluster());
  EXPECT_EQ(Call("GET", "/cluster").status, 200);
  // What is diagnosed of a signature that does not match.
  credentials_.secret_access_key = absl::StrCat(kSecret, "-too");
  EXPECT_EQ(Call("GET", "/cluster?X-Amz-Signature=abc").status, 403);
  DSQL_ASSERT_OK_AND_ASSIGN(const auto info, cluster.ConnectionInfo());
  auto connection = dsql::postgres::Connection::Open(info.ToConninfo());
  ASSERT_THAT(connection, IsOk());
  EXPECT_FALSE(
      connection->Execute("CREATE ROLE r PASSWORD 'a-password-of-a-test'")
          .ok());
  EXPECT_THAT(Lines(),
              Each(AllOf(Not(HasSubstr(kSecret)), Not(HasSubstr(kSessionToken)),
                         Not(HasSubstr(info.password)),
                         Not(HasSubstr("a-password-of-a-test")))));
  EXPECT_THAT(Lines(), Contains(HasSubstr("PASSWORD '***'")));
}

}  // namespace
}  // namespace dsql_testing
