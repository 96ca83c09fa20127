// SPDX-License-Identifier: Apache-2.0

// How long an idle session is told of a schema change that it did not see.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/control/lifecycle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

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

// A driver prepares first, in a step of its own: its transaction is told, not
// one that it begins later.
TEST_F(SchemaWindowTest, WhatIsPreparedFirstSwallowsNothing) {
  for (const bool flushes : {false, true}) {
    Change();
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    Request prepare;
    prepare.Parse("s", "SELECT k FROM t WHERE k = 1").DescribeStatement("s");
    b().Send(flushes ? prepare.Flush() : prepare.Sync());
    EXPECT_EQ(b().Read(flushes ? 'T' : 'Z'), flushes ? "1 t T" : "1 t T Z[T]");
    EXPECT_EQ(b().Ask(Request().Run("s").Sync()), "2 E[40001] Z[E]");
    EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    EXPECT_EQ(b().Ask(Request().Run("s").Sync()), "2 D(1) C[SELECT 1] Z[I]");
    EXPECT_EQ(
        a().Query(absl::StrCat("ALTER TABLE t RENAME w TO gone", flushes)),
        "C[ALTER TABLE] Z[I]");
    b_ = NewSession();
  }
}

// Who has begun is told at COMMIT.
TEST_F(SchemaWindowTest, ASecondChangeIsNoMatterOfAStatement) {
  Change();
  clock_.Advance(absl::Milliseconds(501));
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("ALTER TABLE t ADD COLUMN x int"), "C[ALTER TABLE] Z[I]");
  EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), kConflict);
}

TEST_F(SchemaWindowTest, ASettingSwallowsNothing) {
  Change();
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SET search_path = public"), "C[SET] Z[T]");
  EXPECT_EQ(b().Query("SELECT 1"), "E[40001] Z[E]");
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
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
