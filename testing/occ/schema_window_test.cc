// SPDX-License-Identifier: Apache-2.0

// How long an idle session is told of a schema change that it did not see.

#include <string>

#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/control/lifecycle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"

namespace dsql_testing {
namespace {

constexpr char kOne[] = "T D(1) C[SELECT 1] Z[I]";
constexpr char kConflict[] = "E[40001] Z[I]";
constexpr char kChange[] = "ALTER TABLE t ADD COLUMN w int";

class SchemaWindowTest : public WireTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = WireTest::Options();
    options.transactions.schema_conflicts = true;
    options.clock = &clock_;
    options.durations = dsql::LifecycleDurations::Immediate();
    return options;
  }
  void SetUp() override {
    WireTest::SetUp();
    for (RawClient* session : {&a(), &b()}) {
      session->Query("SELECT 1");
      EXPECT_EQ(session->Query("SELECT 1"), kOne);
    }
  }
  void Change() { EXPECT_EQ(a().Query(kChange), "C[ALTER TABLE] Z[I]"); }

  dsql::SimulatedClock clock_;
};

TEST_F(SchemaWindowTest, IsHalfASecond) {
  EXPECT_EQ(dsql::TransactionOptions().schema_conflict_window,
            absl::Milliseconds(500));
}

TEST_F(SchemaWindowTest, AtOnce) {
  Change();
  EXPECT_EQ(b().Query("SELECT 1"), kConflict);
  EXPECT_EQ(b().Query("SELECT 1"), kOne);
}

TEST_F(SchemaWindowTest, BeforeItsEnd) {
  Change();
  clock_.Advance(absl::Milliseconds(499));
  EXPECT_EQ(b().Query("SELECT 1"), kConflict);
}

TEST_F(SchemaWindowTest, AfterItsEnd) {
  Change();
  clock_.Advance(absl::Milliseconds(501));
  EXPECT_EQ(b().Query("SELECT 1"), kOne);
  EXPECT_EQ(b().Query("UPDATE t SET w = 1 WHERE k = 1"), "C[UPDATE 1] Z[I]");
}

TEST_F(SchemaWindowTest, OfTheLastChange) {
  Change();
  clock_.Advance(absl::Milliseconds(400));
  EXPECT_EQ(a().Query("ALTER TABLE t ADD COLUMN x int"), "C[ALTER TABLE] Z[I]");
  clock_.Advance(absl::Milliseconds(400));
  EXPECT_EQ(b().Query("SELECT 1"), kConflict);
  EXPECT_EQ(b().Query("SELECT 1"), kOne);
}

TEST_F(SchemaWindowTest, IsNotForWhoIsInATransaction) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  Change();
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(b().Query("COMMIT"), kConflict);
  EXPECT_EQ(b().Query("SELECT 1"), kOne);
}

// BEGIN alone has no snapshot.
TEST_F(SchemaWindowTest, ATransactionWithoutASnapshotIsIdle) {
  Change();
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
}

class NoSchemaWindowTest : public SchemaWindowTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = SchemaWindowTest::Options();
    options.transactions.schema_conflict_window = absl::ZeroDuration();
    return options;
  }
};

TEST_F(NoSchemaWindowTest, NobodyIdleIsTold) {
  Change();
  EXPECT_EQ(b().Query("SELECT 1"), kOne);
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("ALTER TABLE t ADD COLUMN x int"), "C[ALTER TABLE] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), kConflict);
}

class EndlessSchemaWindowTest : public SchemaWindowTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = SchemaWindowTest::Options();
    options.transactions.schema_conflict_window = absl::InfiniteDuration();
    return options;
  }
};

TEST_F(EndlessSchemaWindowTest, EverybodyIsTold) {
  Change();
  clock_.Advance(absl::Minutes(50));
  EXPECT_EQ(b().Query("SELECT 1"), kConflict);
  EXPECT_EQ(b().Query("SELECT 1"), kOne);
}

}  // namespace
}  // namespace dsql_testing
