// SPDX-License-Identifier: Apache-2.0

// Code that runs before commits, many at a time.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "dsql/fake_dsql.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

constexpr int kHooks = 8;

class HooksTest : public WireTest {
 protected:
  void CommitAll() {
    std::vector<std::unique_ptr<RawClient>> sessions;
    for (int i = 0; i < kHooks; ++i) {
      sessions.push_back(NewSession());
      EXPECT_EQ(sessions[i]->Query("BEGIN"), "C[BEGIN] Z[T]");
      EXPECT_EQ(sessions[i]->Query(
                    absl::StrCat("UPDATE t SET v = 1 WHERE k = ", i + 1)),
                "C[UPDATE 1] Z[T]");
    }
    for (auto& session : sessions) session->Send(Request().Query("COMMIT"));
    for (auto& session : sessions) {
      EXPECT_EQ(session->ReadReady(), "C[COMMIT] Z[I]");
    }
    cluster().transactions().Clear();
    EXPECT_EQ(Value("SELECT sum(v) FROM t"), absl::StrCat(kHooks));
  }
};

// Each waits until all of them run, and then for a connection.
TEST_F(HooksTest, ThatConnectAtTheSameTime) {
  // The hooks' own copy: a hook may end after the test gave up.
  const auto arrived = std::make_shared<std::atomic<int>>(0);
  EXPECT_THAT(cluster().transactions().SetBeforeCommit([this, arrived] {
    arrived->fetch_add(1);
    auto connection = cluster().Connect();
    EXPECT_TRUE(connection.ok()) << connection.status();
    if (connection.ok()) {
      EXPECT_TRUE(connection->Execute("SELECT count(*) FROM t").ok());
    }
  }),
              IsOk());
  CommitAll();
  EXPECT_EQ(arrived->load(), kHooks);
}

TEST_F(HooksTest, ThatWaitForEachOther) {
  struct Meeting {
    absl::Mutex mutex;
    int arrived = 0;
  };
  const auto meeting = std::make_shared<Meeting>();
  EXPECT_THAT(cluster().transactions().SetBeforeCommit([meeting] {
    absl::MutexLock lock(&meeting->mutex);
    ++meeting->arrived;
    const auto all = [&meeting] { return meeting->arrived == kHooks; };
    EXPECT_TRUE(meeting->mutex.AwaitWithTimeout(absl::Condition(&all),
                                                RawClient::kPatience));
  }),
              IsOk());
  CommitAll();
}

TEST_F(HooksTest, ThatCommitThemselves) {
  EXPECT_THAT(cluster().transactions().RunBeforeNextCommit([this] {
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
  }),
              IsOk());
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "9");
}

}  // namespace
}  // namespace dsql_testing
