// SPDX-License-Identifier: Apache-2.0

// Cancel requests hit their statement or nothing, whenever they come.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
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
  absl::Notification done;
  std::thread canceller([&] {
    while (!done.HasBeenNotified()) Cancel();
  });
  const auto join = absl::MakeCleanup([&] {
    done.Notify();
    canceller.join();
  });
  int committed = 0;
  for (int i = 0; i < 150; ++i) {
    const std::string begun = a().Query("BEGIN");
    ASSERT_THAT(begun, AnyOf("C[BEGIN] Z[T]", "E[57014] Z[I]")) << i;
    if (begun != "C[BEGIN] Z[T]") continue;
    const std::string updated = a().Query("UPDATE t SET v = v + 1 WHERE k = 1");
    ASSERT_THAT(updated, AnyOf("C[UPDATE 1] Z[T]", "E[57014] Z[E]")) << i;
    if (i % 3 == 0) b().Query("UPDATE t SET v = v WHERE k = 1");
    std::string ended = a().Query("COMMIT");
    // PostgreSQL, too, lets a cancel hit the COMMIT of what has failed.
    while (ended == "E[57014] Z[E]") ended = a().Query("ROLLBACK");
    if (updated == "C[UPDATE 1] Z[T]") {
      ASSERT_THAT(ended, AnyOf("C[COMMIT] Z[I]", "E[40001] Z[I]",
                               "E[57014] Z[I]", "C[ROLLBACK] Z[I]"))
          << i;
    } else {
      ASSERT_EQ(ended, "C[ROLLBACK] Z[I]") << i;
    }
    if (ended == "C[COMMIT] Z[I]") ++committed;
  }
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), absl::StrCat(committed));
}

}  // namespace
}  // namespace dsql_testing
