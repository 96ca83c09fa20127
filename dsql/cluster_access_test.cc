// SPDX-License-Identifier: Apache-2.0

#include "dsql/cluster_access.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/base/sql_error.h"
#include "dsql/postgres/internal_role.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

// Has no jobs, and is not there before Start().
class IdleJobs final : public JobDatabase {
 public:
  explicit IdleJobs(absl::Notification* start) : start_(start) {}
  absl::StatusOr<Rows> Execute(absl::string_view,
                               const std::vector<std::string>&) override {
    start_->WaitForNotification();
    return Rows();
  }
  void Cancel() override {}

 private:
  absl::Notification* const start_;
};

ClusterAccess::Server SomeServer() {
  ClusterAccess::Server server;
  server.clients.host = "/run";
  server.clients.port = "5432";
  server.clients.user = "test";
  server.clients.database = "db";
  server.internal = server.clients;
  server.internal.user = postgres::kInternalUser;
  server.internal.others["options"] = "-csearch_path=pg_catalog,pg_temp";
  return server;
}

TEST(ClusterAccessTest, WithoutTokensEverybodyIsLetInButTheSuperuser) {
  ClusterAccess access([] { return SomeServer(); }, absl::nullopt);
  LoginRequest request;
  request.user = "anybody";
  const auto login = access.Authenticate(request);
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(login->role, "anybody");
  request.user = postgres::kInternalUser;
  const auto refused = GetSqlErrorDetail(access.Authenticate(request).status());
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->severity(), "FATAL");
  EXPECT_EQ(refused->sqlstate(), "28000");
  EXPECT_EQ(refused->message(), "role \"rdsadmin\" is not permitted to log in");
}

// Others have roles and databases there.
TEST(ClusterAccessTest, OnASharedServerOnlyTheClustersOwnAreReached) {
  ClusterAccess access([] { return SomeServer(); }, absl::nullopt,
                       /*is_shared=*/true);
  struct Case {
    const char* user;
    const char* database;
    // Empty: let in.
    const char* sqlstate;
  };
  for (const Case& connection :
       std::vector<Case>{{"admin", "postgres", ""},
                         {"test", "db", ""},
                         {"admin", "db", ""},
                         {"boss", "postgres", "28000"},
                         {"rdsadmin", "postgres", "28000"},
                         {"", "postgres", "28000"},
                         {"admin", "admin", "3D000"},
                         {"admin", "template1", "3D000"},
                         {"test", "", "3D000"}}) {
    LoginRequest request;
    request.user = connection.user;
    request.database = connection.database;
    const absl::Status status = access.Authenticate(request).status();
    const auto refused = GetSqlErrorDetail(status);
    EXPECT_EQ(refused.has_value() ? refused->sqlstate() : "",
              connection.sqlstate)
        << connection.user << " " << connection.database << ": " << status;
  }
}

TEST(ClusterAccessTest, SharedServerThatIsAwayLetsNobodyIn) {
  ClusterAccess access(
      []() -> absl::StatusOr<ClusterAccess::Server> {
        return absl::UnavailableError("away");
      },
      absl::nullopt, /*is_shared=*/true);
  LoginRequest request;
  request.user = "admin";
  request.database = "postgres";
  EXPECT_TRUE(absl::IsUnavailable(access.Authenticate(request).status()));
}

TEST(ClusterAccessTest, TellsHowTheGatewayItselfConnects) {
  ClusterAccess access([] { return SomeServer(); }, absl::nullopt);
  const auto address = access.OpenServer();
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->admin, "test");
  EXPECT_EQ(address->internal,
            (Settings{{"user", postgres::kInternalUser},
                      {"database", "db"},
                      {"options", "-csearch_path=pg_catalog,pg_temp"}}));
}

TEST(ClusterAccessTest, RunsJobsWithoutWaiting) {
  absl::Notification start, done;
  SimulatedClock clock;
  ClusterAccess::Server server = SomeServer();
  server.jobs =
      std::make_shared<JobRunner>(std::make_unique<IdleJobs>(&start), &clock);
  ClusterAccess access([&] { return server; }, absl::nullopt);
  access.RunJobs([&] { done.Notify(); });
  EXPECT_FALSE(done.HasBeenNotified());
  start.Notify();
  done.WaitForNotification();
}

TEST(ClusterAccessTest, WithoutJobsThereIsNothingToWaitFor) {
  for (const bool there : {true, false}) {
    ClusterAccess access(
        [there]() -> absl::StatusOr<ClusterAccess::Server> {
          if (!there) return absl::UnavailableError("gone");
          return SomeServer();
        },
        absl::nullopt);
    bool done = false;
    access.RunJobs([&] { done = true; });
    EXPECT_TRUE(done);
  }
}

}  // namespace
}  // namespace dsql
