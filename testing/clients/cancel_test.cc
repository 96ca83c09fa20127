// SPDX-License-Identifier: Apache-2.0

// Cancel requests hit their statement or nothing, whenever they come.

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/pgwire/startup.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::AnyOf;

class CancelTest : public WireTest {
 protected:
  // Returns once the gateway has closed the request's connection.
  void Cancel() { CancelWith(a().key()); }
  void CancelWith(const dsql::pgwire::BackendKey& key) {
    const auto client = NewSocket();
    client->Send(dsql::pgwire::EncodeCancelRequest(key));
    EXPECT_EQ(client->ReadToEnd(), "");
  }
  void AwaitActive(const std::string& word) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (absl::Now() < deadline) {
      if (Value(absl::StrCat("SELECT count(*) FROM pg_stat_activity WHERE "
                             "state = 'active' AND application_name = "
                             "'client' AND query LIKE '%",
                             word, "%'")) != "0") {
        return;
      }
    }
    ADD_FAILURE() << word << " was not run";
  }

  // Cancels of a(), one after the other, while it lives.
  class Storm {
   public:
    explicit Storm(CancelTest* test)
        : canceller_([this, test] {
            while (!over_.HasBeenNotified()) test->Cancel();
          }) {}
    ~Storm() {
      over_.Notify();
      canceller_.join();
    }

   private:
    absl::Notification over_;
    std::thread canceller_;
  };

  // One cancel of a(), so and so long after it was made; each time later.
  class CancelLater {
   public:
    CancelLater(CancelTest* test, int step)
        : canceller_([test, step] {
            const absl::Time moment = absl::Now() + step * kStep;
            while (absl::Now() < moment) std::this_thread::yield();
            test->Cancel();
          }) {}
    ~CancelLater() { canceller_.join(); }

   private:
    static constexpr absl::Duration kStep = absl::Microseconds(100);

    std::thread canceller_;
  };
  static constexpr int kTimes = 60;

  // `kTimes` parents, each with a child that goes with it.
  void MakeChildren() {
    Run("CREATE TABLE parent (k int PRIMARY KEY)");
    Run("CREATE TABLE child (k int PRIMARY KEY, "
        "parent int REFERENCES parent ON DELETE CASCADE)");
    Run(absl::StrCat("INSERT INTO parent SELECT i FROM generate_series(0, ",
                     kTimes - 1, ") i"));
    Run(absl::StrCat("INSERT INTO child SELECT i, i FROM generate_series(0, ",
                     kTimes - 1, ") i"));
    a_ = NewSession();
  }
  // Ends the block in which `answer` was told; true where it is committed.
  bool EndsIt(const std::string& answer, int i) {
    if (answer == "E[57014] Z[E]") {
      RollBack();
      return false;
    }
    const std::string ended = a().Query("COMMIT");
    // Before it has begun.
    if (ended == "E[57014] Z[E]") {
      RollBack();
      return false;
    }
    EXPECT_THAT(ended, AnyOf("C[COMMIT] Z[I]", "E[57014] Z[I]")) << i;
    return ended == "C[COMMIT] Z[I]";
  }
  void RollBack() {
    std::string answer;
    do answer = a().Query("ROLLBACK");
    while (answer == "E[57014] Z[E]");
    ASSERT_EQ(answer, "C[ROLLBACK] Z[I]");
  }
};

TEST_F(CancelTest, AQuery) {
  a().Send(Request().Query("SELECT pg_sleep(600)"));
  AwaitActive("pg_sleep");
  Cancel();
  // It is active before it has told its columns.
  EXPECT_THAT(a().ReadReady(), AnyOf("T E[57014] Z[I]", "E[57014] Z[I]"));
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[I]");
}

TEST_F(CancelTest, AStatementAfterAWrite) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  a().Send(Request().Query("SELECT pg_sleep(600)"));
  AwaitActive("pg_sleep");
  Cancel();
  EXPECT_THAT(a().ReadReady(), AnyOf("T E[57014] Z[E]", "E[57014] Z[E]"));
  EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
}

// Told when the data is complete.
TEST_F(CancelTest, ACopyWhoseDataIsAwaited) {
  a().Send(Request().Query("COPY t FROM STDIN"));
  EXPECT_EQ(a().Read('G'), "G");
  Cancel();
  a().Send(Request().CopyData("50\t1\n").CopyDone());
  EXPECT_EQ(a().ReadReady(), "E[57014] Z[I]");
  EXPECT_EQ(a().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[I]");
}

// The transaction has to repeat a statement that takes for ever.
TEST_F(CancelTest, WhatIsRepeated) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("SELECT pg_sleep(0.3)"), "T D() C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  a().Send(Request().Query("SELECT v FROM t WHERE k = 1"));
  Cancel();
  EXPECT_THAT(a().ReadReady(), AnyOf("T E[57014] Z[E]", "E[57014] Z[E]",
                                     "T D(1) C[SELECT 1] Z[T]"));
  EXPECT_THAT(a().Query("COMMIT"), AnyOf("C[ROLLBACK] Z[I]", kOC000));
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[I]");
}

TEST_F(CancelTest, NobodyIsHitByAWrongKey) {
  dsql::pgwire::BackendKey key = a().key();
  key.secret.back() ^= 1;
  a().Send(Request().Query("SELECT pg_sleep(0.2)"));
  CancelWith(key);
  EXPECT_EQ(a().ReadReady(), "T D() C[SELECT 1] Z[I]");
}

TEST_F(CancelTest, NobodyIsHitWhileIdle) {
  for (int i = 0; i < 20; ++i) {
    Cancel();
    EXPECT_EQ(a().Query("UPDATE t SET v = v + 1 WHERE k = 1"),
              "C[UPDATE 1] Z[I]");
  }
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "20");
}

// A storm of them over transactions that write, lose and commit: each statement
// is done, or told 57014; what was told to be committed is there.
TEST_F(CancelTest, AtAnyMoment) {
  const Storm storm(this);
  int committed = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string begun = a().Query("BEGIN");
    ASSERT_THAT(begun, AnyOf("C[BEGIN] Z[T]", "E[57014] Z[I]")) << i;
    if (begun != "C[BEGIN] Z[T]") continue;
    const std::string updated = a().Query("UPDATE t SET v = v + 1 WHERE k = 1");
    ASSERT_THAT(updated, AnyOf("C[UPDATE 1] Z[T]", "E[57014] Z[E]")) << i;
    if (i % 3 == 0) b().Query("UPDATE t SET v = v WHERE k = 1");
    std::string ended = a().Query("COMMIT");
    // PostgreSQL, too, lets a cancel hit a COMMIT before it has begun.
    const bool hit = ended == "E[57014] Z[E]";
    while (ended == "E[57014] Z[E]") ended = a().Query("ROLLBACK");
    if (updated == "C[UPDATE 1] Z[T]" && !hit) {
      ASSERT_THAT(ended,
                  AnyOf("C[COMMIT] Z[I]", "E[40001] Z[I]", "E[57014] Z[I]"))
          << i;
    } else {
      ASSERT_EQ(ended, "C[ROLLBACK] Z[I]") << i;
    }
    if (ended == "C[COMMIT] Z[I]") ++committed;
  }
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), absl::StrCat(committed));
}

// What the gateway asks the server beside a statement is not the client's to
// cancel: what is told to be done is.
TEST_F(CancelTest, AtEachMomentOfASchemaChange) {
  int created = 0;
  for (int i = 0; i < kTimes; ++i) {
    const CancelLater cancel(this, i);
    const std::string answer = a().Query(
        absl::StrCat("CREATE TABLE made_", i, " (k int PRIMARY KEY)"));
    ASSERT_THAT(answer, AnyOf("C[CREATE TABLE] Z[I]", "E[57014] Z[I]")) << i;
    if (answer == "C[CREATE TABLE] Z[I]") ++created;
  }
  EXPECT_EQ(
      Value("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'made%'"),
      absl::StrCat(created));
}

// Its rows are counted afterwards.
TEST_F(CancelTest, AtEachMomentOfACascade) {
  MakeChildren();
  int deleted = 0;
  for (int i = 0; i < kTimes; ++i) {
    const CancelLater cancel(this, i);
    const std::string answer =
        a().Query(absl::StrCat("DELETE FROM parent WHERE k = ", i));
    ASSERT_THAT(answer, AnyOf("C[DELETE 1] Z[I]", "E[57014] Z[I]")) << i;
    if (answer == "C[DELETE 1] Z[I]") ++deleted;
  }
  EXPECT_EQ(Value("SELECT count(*) FROM parent"),
            absl::StrCat(kTimes - deleted));
}

TEST_F(CancelTest, AtEachMomentOfACascadeInABlock) {
  MakeChildren();
  int committed = 0;
  for (int i = 0; i < kTimes; ++i) {
    ASSERT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    const CancelLater cancel(this, i);
    const std::string deleted =
        a().Query(absl::StrCat("DELETE FROM parent WHERE k = ", i));
    ASSERT_THAT(deleted, AnyOf("C[DELETE 1] Z[T]", "E[57014] Z[E]")) << i;
    if (EndsIt(deleted, i)) ++committed;
  }
  EXPECT_EQ(Value("SELECT count(*) FROM parent"),
            absl::StrCat(kTimes - committed));
}

// The server is asked which rows are shared, when it commits.
TEST_F(CancelTest, AtEachMomentOfWhatSharesRows) {
  Run("CREATE TABLE log (k int PRIMARY KEY)");
  a_ = NewSession();
  int committed = 0;
  for (int i = 0; i < kTimes; ++i) {
    ASSERT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    ASSERT_EQ(a().Query("SELECT k FROM t WHERE k = 1 FOR KEY SHARE"),
              "T D(1) C[SELECT 1] Z[T]");
    const CancelLater cancel(this, i / 2);
    const std::string inserted =
        a().Query(absl::StrCat("INSERT INTO log VALUES (", i, ")"));
    ASSERT_THAT(inserted, AnyOf("C[INSERT 0 1] Z[T]", "E[57014] Z[E]")) << i;
    if (EndsIt(inserted, i)) ++committed;
  }
  EXPECT_EQ(Value("SELECT count(*) FROM log"), absl::StrCat(committed));
}

// A statement that waits goes on in copies of its tables: whose making a cancel
// hits is not done, and its block has failed.
TEST_F(CancelTest, AtEachMomentOfWhatWaits) {
  Run("CREATE TABLE big (k int PRIMARY KEY, v int)");
  for (const char* rows : {"1, 3000", "3001, 6000", "6001, 9000"}) {
    Run(absl::StrCat("INSERT INTO big SELECT i, 0 FROM generate_series(", rows,
                     ") i"));
  }
  a_ = NewSession();
  b_ = NewSession();
  EXPECT_EQ(b().Query("BEGIN; UPDATE big SET v = 1 WHERE k = 3"),
            "C[BEGIN] C[UPDATE 1] Z[T]");
  for (int i = 0; i < kTimes; ++i) {
    ASSERT_EQ(a().Query("BEGIN; UPDATE big SET v = 2 WHERE k = 4"),
              "C[BEGIN] C[UPDATE 1] Z[T]");
    std::string updated;
    {
      const CancelLater cancel(this, 8 * i);
      updated = a().Query("UPDATE big SET v = 2 WHERE k = 3");
    }
    ASSERT_THAT(updated, AnyOf("C[UPDATE 1] Z[T]", "E[57014] Z[E]")) << i;
    if (updated == "E[57014] Z[E]") {
      ASSERT_EQ(a().Query("SELECT 1"), "E[25P02] Z[E]");
      ASSERT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
    } else {
      RollBack();
    }
  }
  EXPECT_EQ(Value("SELECT sum(v) FROM big"), "0");
}

// The server is asked whether the statement names what is newer than its
// snapshot.
TEST_F(CancelTest, AtEachMomentOfABlockWithAnOldCatalog) {
  for (int i = 0; i < kTimes; ++i) {
    ASSERT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    ASSERT_EQ(a().Query("SELECT k FROM t WHERE k = 1"),
              "T D(1) C[SELECT 1] Z[T]");
    b().Query(absl::StrCat("CREATE TABLE made_", i, " (k int PRIMARY KEY)"));
    const CancelLater cancel(this, i / 4);
    ASSERT_THAT(
        a().Query("SELECT k FROM t WHERE k = 2"),
        AnyOf("T D(2) C[SELECT 1] Z[T]", "T E[57014] Z[E]", "E[57014] Z[E]"))
        << i;
    RollBack();
  }
}

}  // namespace
}  // namespace dsql_testing
