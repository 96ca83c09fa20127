// SPDX-License-Identifier: Apache-2.0

// The fixture and the environment that tests start from, where things go wrong.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/base/clock.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/testing/test_environment.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsqlOptions;
using ::testing::HasSubstr;

std::string WorkMem(const FakeDsqlOptions& options) {
  const auto environment = TestEnvironment::Create(options);
  EXPECT_THAT(environment, IsOk());
  auto connection = environment->cluster().Connect();
  EXPECT_THAT(connection, IsOk());
  const auto rows = connection->Execute("SHOW work_mem");
  EXPECT_THAT(rows, IsOk());
  return rows.ok() ? rows->Scalar<std::string>().value_or("") : "";
}

// Whoever came first decided for all.
TEST(TestEnvironmentTest, OtherOptionsHaveOtherServers) {
  FakeDsqlOptions options;
  options.postgres.pool_options.server.settings["work_mem"] = "1234kB";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(WorkMem(options), "1234kB");
    EXPECT_NE(WorkMem(FakeDsqlOptions()), "1234kB");
  }
}

TEST(TestEnvironmentTest, UnusableOneHasAnErrorForEverything) {
  const TestEnvironment environment = TestEnvironment::Unusable();
  EXPECT_THAT(environment.fake().clusters().ListClusters({}),
              IsInternalServerException());
  EXPECT_THAT(environment.cluster().Connect(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// A fixture that a test takes through its life by itself.
class Fixture : public FakeDsqlTest {
 public:
  using FakeDsqlTest::cluster;
  using FakeDsqlTest::ConnectionInfo;
  using FakeDsqlTest::fake;
  using FakeDsqlTest::SetUp;
  using FakeDsqlTest::TearDown;

  void TestBody() override {}
};

class WithoutPostgres : public Fixture {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options;
    options.postgres.pool_options.server.binaries.bin_dir = "/nonexistent";
    return options;
  }
};

// An empty conninfo would be completed from PGHOST.
TEST(FixtureTest, WithoutPostgresLeadsToNoOtherDatabase) {
  WithoutPostgres fixture;
  fixture.SetUp();
  std::string conninfo;
  EXPECT_NONFATAL_FAILURE(conninfo = fixture.ConnectionInfo().ToConninfo(),
                          "/nonexistent");
  EXPECT_THAT(conninfo, HasSubstr("host="));
  EXPECT_FALSE(dsql::postgres::Connection::Open(conninfo).ok());
  fixture.TearDown();
}

class WithoutAccount : public Fixture {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options;
    options.account_id = "me";
    return options;
  }
};

// What a derived SetUp() does next does not crash.
TEST(FixtureTest, FailedSetUpLeavesSomethingToCall) {
  static WithoutAccount* fixture;
  WithoutAccount here;
  fixture = &here;
  EXPECT_FATAL_FAILURE(fixture->SetUp(), "account_id must be 12 digits");
  EXPECT_THAT(here.fake().clusters().CreateCluster({}),
              IsInternalServerException());
  EXPECT_THAT(here.cluster().Connect(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  here.TearDown();
}

// A clock that notices being asked when it is gone.
class MortalClock final : public dsql::Clock {
 public:
  explicit MortalClock(bool* used_when_dead) : used_(used_when_dead) {}
  ~MortalClock() override { alive_ = false; }
  absl::Time Now() override {
    *used_ |= !alive_;
    return clock_.Now();
  }
  void SleepFor(absl::Duration duration) override { clock_.SleepFor(duration); }

 private:
  bool* const used_;
  bool alive_ = true;
  dsql::SimulatedClock clock_;
};

class WithClock : public Fixture {
 public:
  explicit WithClock(bool* used) : clock_(used) {}

 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options;
    options.clock = &clock_;
    return options;
  }

 private:
  MortalClock clock_;
};

TEST(FixtureTest, FakeDsqlEndsBeforeTheClockOfTheDerivedFixture) {
  bool used = false;
  alignas(WithClock) static unsigned char memory[sizeof(WithClock)];
  auto* const fixture = new (memory) WithClock(&used);
  fixture->SetUp();
  const dsql::Cluster cluster = fixture->cluster();
  EXPECT_THAT(cluster.status(), IsOk());
  fixture->TearDown();
  fixture->~WithClock();
  EXPECT_FALSE(used);
  EXPECT_THAT(cluster.status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace dsql_testing
