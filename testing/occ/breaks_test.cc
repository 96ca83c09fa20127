// SPDX-License-Identifier: Apache-2.0

// A connection that ends at any moment leaves nothing behind: no locks, no
// trace in what later transactions are told.

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/fake_dsql.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

// What a session is in the middle of.
struct Moment {
  const char* name;
  // Answered.
  std::vector<std::string> before;
  // Sent, and not waited for.
  Request last;
};

void PrintTo(const Moment& moment, std::ostream* out) { *out << moment.name; }

class BreaksTest : public WireTest,
                   public ::testing::WithParamInterface<Moment> {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES t (k))");
  }

  // A session that is in the middle of it.
  std::unique_ptr<RawClient> AtTheMoment() {
    auto session = NewSession();
    for (const std::string& sql : GetParam().before) {
      EXPECT_THAT(session->Query(sql), testing::EndsWith("Z[T]")) << sql;
    }
    session->Send(GetParam().last);
    return session;
  }

  void AwaitOthersGone() {
    const absl::Time deadline = absl::Now() + RawClient::kPatience;
    std::string others;
    while (absl::Now() < deadline) {
      others = b().Query(
          "SELECT count(*) FROM pg_stat_activity WHERE "
          "application_name = 'client'");
      if (others == "T D(2) C[SELECT 1] Z[I]") return;
    }
    ADD_FAILURE() << others;
  }

  // Nothing is told but what is so.
  void ExpectNoTrace() {
    a_ = NewSession();
    b_ = NewSession();
    AwaitOthersGone();
    // Those who broke may have stood aside for each other.
    const auto before = cluster().transactions().stats();
    const auto in_block = [this](const std::string& sql,
                                 const std::string& answer) {
      EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
      EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
      EXPECT_EQ(a().Query(sql), answer) << sql;
      EXPECT_EQ(a().Query("COMMIT"),
                answer[0] == 'E' ? "C[ROLLBACK] Z[I]" : "C[COMMIT] Z[I]")
          << sql;
    };
    for (int round = 0; round < 2; ++round) {
      in_block("UPDATE t SET v = v + 1 WHERE k = 1", "C[UPDATE 1] Z[T]");
      in_block("UPDATE t SET k = k + 100 WHERE k = 2", "C[UPDATE 1] Z[T]");
      in_block("UPDATE t SET k = k - 100 WHERE k = 102", "C[UPDATE 1] Z[T]");
      in_block("INSERT INTO t VALUES (1, 0)", "E[23505] Z[E]");
      in_block("INSERT INTO child VALUES (1, 999)", "E[23503] Z[E]");
      in_block("INSERT INTO t VALUES (300, 0)", "C[INSERT 0 1] Z[T]");
      in_block("DELETE FROM t WHERE k = 300", "C[DELETE 1] Z[T]");
      EXPECT_EQ(b().Query("INSERT INTO t VALUES (1, 0)"), "E[23505] Z[I]");
    }
    const auto stats = cluster().transactions().stats();
    EXPECT_EQ(stats.data_conflicts, before.data_conflicts);
    EXPECT_EQ(stats.private_copies, before.private_copies);
    EXPECT_EQ(b().Query("CREATE TABLE after (i int)"), "C[CREATE TABLE] Z[I]");
  }
};

TEST_P(BreaksTest, TheClientLeaves) {
  for (int i = 0; i < 3; ++i) {
    const auto session = AtTheMoment();
    session->Close();
  }
  ExpectNoTrace();
}

TEST_P(BreaksTest, TheConnectionIsDropped) {
  // Another session keeps what all of them share.
  const auto session = AtTheMoment();
  auto& faults = cluster().connection_faults();
  EXPECT_THAT(faults.DropConnections(), IsOk());
  ExpectNoTrace();
}

TEST_P(BreaksTest, WhileOthersGoOn) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  {
    const auto session = AtTheMoment();
    session->Close();
  }
  EXPECT_EQ(b().Query("UPDATE t SET v = v + 1 WHERE k = 5"),
            "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Query("UPDATE t SET v = v + 1 WHERE k = 6"),
            "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
}

std::vector<Moment> Moments() {
  const std::string slow = " AND pg_sleep(600) IS NOT NULL";
  return {
      {"Idle", {}, Request()},
      {"Begun", {"BEGIN"}, Request()},
      {"Read", {"BEGIN", "SELECT 1"}, Request()},
      {"Wrote", {"BEGIN", "UPDATE t SET v = 5 WHERE k = 1"}, Request()},
      {"Deleted", {"BEGIN", "DELETE FROM t WHERE k = 9"}, Request()},
      {"Failed",
       {"BEGIN", "UPDATE t SET v = 5 WHERE k = 1"},
       Request().Query("SELECT 1/0")},
      {"LoneUpdateRuns",
       {},
       Request().Query("UPDATE t SET v = 5 WHERE k = 1" + slow)},
      {"LoneKeyUpdateRuns",
       {},
       Request().Query("UPDATE t SET k = 500 WHERE k = 9" + slow)},
      {"LoneDeleteRuns",
       {},
       Request().Sql("DELETE FROM t WHERE k = 9" + slow).Sync()},
      {"LoneLockRuns",
       {},
       Request().Query("SELECT k FROM t WHERE k = 1" + slow +
                       " FOR KEY SHARE")},
      {"UpdateRuns",
       {"BEGIN", "UPDATE t SET v = 5 WHERE k = 1"},
       Request().Query("UPDATE t SET v = 5 WHERE k = 2" + slow)},
      {"ReadRuns",
       {"BEGIN", "UPDATE t SET v = 5 WHERE k = 1"},
       Request().Query("SELECT pg_sleep(600)")},
      {"Flushed", {}, Request().Sql("UPDATE t SET v = 5 WHERE k = 1").Flush()},
      {"HalfAMessage",
       {"BEGIN", "UPDATE t SET v = 5 WHERE k = 1"},
       Request().CopyData("no such thing outside of COPY")},
      {"CopyStarts", {"BEGIN"}, Request().Query("COPY t FROM STDIN")},
      {"CopyRuns",
       {"BEGIN", "UPDATE t SET v = 5 WHERE k = 1"},
       Request().Query("COPY t FROM STDIN").CopyData("600\t1\n")},
      {"ManyRows",
       {"BEGIN", "UPDATE t SET v = 5 WHERE k = 1"},
       Request().Query("SELECT repeat('x', 100000) FROM "
                       "generate_series(1, 300)")},
  };
}

INSTANTIATE_TEST_SUITE_P(Moments, BreaksTest, ::testing::ValuesIn(Moments()),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// Where the outcome is not known, the row says it, and nobody is in doubt.
class BreaksInCommitTest : public WireTest {
 protected:
  void WriteAndCommit() {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query("UPDATE t SET v = 5 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(a().Query("COMMIT"), "<closed>");
  }
  void ExpectFree(const std::string& value) {
    EXPECT_EQ(b().Query("UPDATE t SET v = v + 1 WHERE k = 1 RETURNING v"),
              absl::StrCat("T D(", value, ") C[UPDATE 1] Z[I]"));
    EXPECT_EQ(b().Query("DELETE FROM t WHERE k = 1"), "C[DELETE 1] Z[I]");
  }
};

TEST_F(BreaksInCommitTest, Before) {
  EXPECT_THAT(cluster().connection_faults().DropBeforeCommit(), IsOk());
  WriteAndCommit();
  ExpectFree("1");
}

TEST_F(BreaksInCommitTest, After) {
  EXPECT_THAT(cluster().connection_faults().DropAfterCommit(), IsOk());
  WriteAndCommit();
  ExpectFree("6");
}

TEST_F(BreaksInCommitTest, TheClientLeavesWithIt) {
  for (int i = 0; i < 30; ++i) {
    const auto session = NewSession();
    EXPECT_EQ(session->Query("BEGIN"), "C[BEGIN] Z[T]");
    session->Send(
        Request().Query("UPDATE t SET v = v + 1 WHERE k = 1").Query("COMMIT"));
    session->Close();
    // The other one may commit meanwhile.
    EXPECT_THAT(b().Query("UPDATE t SET v = v WHERE k = 1"),
                testing::AnyOf("C[UPDATE 1] Z[I]", kOC000));
  }
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("DELETE FROM t WHERE k = 2"), "C[DELETE 1] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
}

}  // namespace
}  // namespace dsql_testing
