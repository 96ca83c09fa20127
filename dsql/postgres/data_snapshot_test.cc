// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/data_snapshot.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/libpq.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/postgres/process_tree.h"
#include "dsql/postgres/result.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

constexpr char kSchema[] = R"(
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                    parent int REFERENCES parent, at timestamptz DEFAULT now());
CREATE TABLE other (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2)
                    STORED, CHECK (id > 0));
INSERT INTO parent VALUES (1, 'one'), (2, NULL);
INSERT INTO child (parent) VALUES (1), (2);
INSERT INTO other VALUES (7))";

// All that kSchema made, in one text.
constexpr char kState[] =
    "SELECT (SELECT string_agg(p::text, ' ' ORDER BY id) FROM parent p)"
    " || (SELECT string_agg(c::text, ' ' ORDER BY id) FROM child c)"
    " || (SELECT string_agg(o::text, ' ' ORDER BY id) FROM other o)";

class DataSnapshotTest : public ::testing::Test {
 protected:
  void SetUp() override {
    DSQL_REQUIRE_POSTGRES();
    auto lease = source_.Acquire();
    DSQL_ASSERT_OK(lease);
    lease_ = *std::move(lease);
    ASSERT_EQ(Ask(lease_, kSchema), "");
    state_ = Ask(lease_, kState);
    auto snapshot = DataSnapshot::Take(lease_, source_.options());
    DSQL_ASSERT_OK(snapshot);
    snapshot_ = *std::move(snapshot);
    ServerPoolOptions options = source_.options();
    options.spare_servers = 0;  // Whoever comes next gets the same server.
    auto pool = snapshot_->Pool(options);
    DSQL_ASSERT_OK(pool);
    pool_ = *pool;
  }

  static std::string Ask(const Lease& lease, const std::string& sql) {
    auto connection = Connection::Open(lease.conninfo());
    if (!connection.ok()) return std::string(connection.status().message());
    const auto result = connection->Execute(sql);
    if (!result.ok()) return std::string(result.status().message());
    if (result->row_count() == 0) return "";
    return result->Get<std::string>(0, 0).value_or("no text");
  }

  Lease Acquire() {
    auto lease = pool_->Acquire();
    EXPECT_TRUE(lease.ok()) << lease.status();
    return lease.ok() ? *std::move(lease) : Lease();
  }

  // Runs `sql`, gives the server back, and says what the next one has.
  std::string StateAfter(const std::string& sql) {
    {
      const Lease lease = Acquire();
      EXPECT_EQ(Ask(lease, sql), "") << sql;
    }
    return Ask(Acquire(), kState);
  }

  ServerPool source_{ServerPoolOptions()};
  Lease lease_;
  std::string state_;
  std::shared_ptr<DataSnapshot> snapshot_;
  std::shared_ptr<ServerPool> pool_;
};

TEST_F(DataSnapshotTest, ServersStartFromIt) {
  ASSERT_EQ(Ask(lease_, "DELETE FROM other"), "");
  const Lease one = Acquire();
  const Lease two = Acquire();
  EXPECT_EQ(Ask(one, kState), state_);
  EXPECT_EQ(Ask(one, "DELETE FROM child"), "");
  EXPECT_EQ(Ask(two, kState), state_);
}

TEST_F(DataSnapshotTest, TheServerGoesOn) {
  EXPECT_EQ(Ask(lease_, "SELECT 1"), "1");
  EXPECT_NE(ProcessState(*lease_.pid()), 'T');
  for (const pid_t child : ListChildren(*lease_.pid()))
    EXPECT_NE(ProcessState(child), 'T');
}

TEST_F(DataSnapshotTest, RowsArePutBackOnTheSameServer) {
  EXPECT_EQ(StateAfter("UPDATE parent SET name = 'x' WHERE id = 1"), state_);
  EXPECT_EQ(StateAfter("DELETE FROM child; DELETE FROM parent;"), state_);
  EXPECT_EQ(StateAfter("INSERT INTO child (parent) VALUES (1)"), state_);
  EXPECT_EQ(StateAfter("INSERT INTO other VALUES (8)"), state_);
  EXPECT_EQ(pool_->stats().started, 1);
  EXPECT_EQ(pool_->stats().discarded, 0);
}

TEST_F(DataSnapshotTest, SequencesAreSetBack) {
  constexpr char kNext[] = "INSERT INTO child (parent) VALUES (1) RETURNING id";
  constexpr char kSkip[] = "SELECT nextval('child_id_seq')";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask(Acquire(), kNext), "3");
    // Needs no transaction id.
    EXPECT_EQ(Ask(Acquire(), kSkip), "3");
    EXPECT_EQ(Ask(Acquire(), kSkip), "3");
  }
  EXPECT_EQ(pool_->stats().started, 1);
}

TEST_F(DataSnapshotTest, WhatOnlyReadsCostsNothing) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask(Acquire(), kState), state_);
  EXPECT_EQ(pool_->stats().started, 1);
  EXPECT_EQ(pool_->stats().discarded, 0);
}

TEST_F(DataSnapshotTest, AnotherCatalogNeedsAnotherServer) {
  EXPECT_EQ(StateAfter("ALTER TABLE other ADD COLUMN more int"), state_);
  EXPECT_EQ(StateAfter("CREATE ROLE somebody"), state_);
  EXPECT_EQ(StateAfter("CREATE TABLE t (i int)"), state_);
  EXPECT_EQ(StateAfter("DROP TABLE child"), state_);
  EXPECT_EQ(Ask(Acquire(),
                "SELECT count(*)::text FROM pg_roles r "
                "WHERE rolname = 'somebody'"),
            "0");
}

TEST_F(DataSnapshotTest, TemporaryTablesAreGone) {
  EXPECT_EQ(StateAfter("CREATE TEMP TABLE other (id int)"), state_);
}

TEST_F(DataSnapshotTest, SessionsEndWith57P01) {
  Lease lease = Acquire();
  auto connection = Connection::Open(lease.conninfo());
  DSQL_ASSERT_OK(connection);
  DSQL_ASSERT_OK(lease.EndSessions());
  EXPECT_TRUE(absl::StrContains(QueryText(&*connection, "SELECT 1"),
                                "administrator command"));
  EXPECT_FALSE(Connection::Open(lease.conninfo()).ok());
}

// As an operator may, or whoever looks for what uses memory.
TEST_F(DataSnapshotTest, SessionsEndAlsoWhereTheLibrarysOwnHaveBeenEnded) {
  // Taking the snapshot has left one.
  auto connection = Connection::Open(lease_.conninfo());
  DSQL_ASSERT_OK(connection);
  {
    auto superuser =
        Connection::Open(lease_.internal_connection().ToConninfo());
    DSQL_ASSERT_OK(superuser);
    EXPECT_EQ(QueryText(&*superuser,
                        "SELECT count(pg_terminate_backend(pid))::text FROM"
                        " pg_stat_activity WHERE pid <> pg_backend_pid() AND"
                        " usename = current_user"),
              "1");
    EXPECT_TRUE(WaitUntil([&superuser] {
      return QueryText(&*superuser,
                       "SELECT count(*)::text FROM pg_stat_activity WHERE"
                       " usename = current_user") == "1";
    }));
  }
  DSQL_ASSERT_OK(lease_.EndSessions());
  EXPECT_TRUE(absl::StrContains(QueryText(&*connection, "SELECT 1"),
                                "administrator command"));
}

// One whose process stands still, say.
TEST_F(DataSnapshotTest, AServerWhoseSessionsDoNotEndIsEnded) {
  auto connection = Connection::Open(lease_.conninfo());
  DSQL_ASSERT_OK(connection);
  const pid_t backend = PQbackendPID(connection->raw());
  ASSERT_EQ(kill(backend, SIGSTOP), 0);
  DSQL_ASSERT_OK(lease_.EndSessions());
  EXPECT_FALSE(lease_.Health().ok());
  EXPECT_FALSE(ProcessExists(backend));
}

TEST_F(DataSnapshotTest, OtherServersAreRefused) {
  ServerPoolOptions other;
  other.server.template_options.user = "test";
  const absl::Status status = snapshot_->Pool(other).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  other = {};
  other.external_conninfo = "host=nowhere";
  EXPECT_TRUE(absl::IsFailedPrecondition(snapshot_->Pool(other).status()));
}

TEST_F(DataSnapshotTest, IsSavedAndLoaded) {
  const std::string directory = MakeTestDirectory("saved") + "/snapshot";
  DSQL_ASSERT_OK(snapshot_->Save(directory));
  struct stat info;
  ASSERT_EQ(stat(directory.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_TRUE(absl::IsAlreadyExists(snapshot_->Save(directory)));
  EXPECT_EQ(NamesIn(directory.substr(0, directory.rfind('/'))).size(), 1u);
  auto loaded = DataSnapshot::Load(directory);
  DSQL_ASSERT_OK(loaded);
  DSQL_ASSERT_OK(RemoveTree(directory));
  auto pool = (*loaded)->Pool({});
  DSQL_ASSERT_OK(pool);
  auto lease = (*pool)->Acquire();
  DSQL_ASSERT_OK(lease);
  EXPECT_EQ(Ask(*lease, kState), state_);
}

TEST_F(DataSnapshotTest, WhatIsNotWholeIsRefused) {
  const std::string directory = MakeTestDirectory("broken") + "/snapshot";
  EXPECT_TRUE(absl::IsNotFound(DataSnapshot::Load(directory).status()));
  DSQL_ASSERT_OK(snapshot_->Save(directory));
  ASSERT_EQ(truncate((directory + "/data/global/pg_control").c_str(), 100), 0);
  EXPECT_TRUE(absl::IsDataLoss(DataSnapshot::Load(directory).status()));
  ASSERT_EQ(unlink((directory + "/MANIFEST").c_str()), 0);
  EXPECT_TRUE(absl::IsNotFound(DataSnapshot::Load(directory).status()));
}

TEST_F(DataSnapshotTest, LeavesNothingBehind) {
  const int descriptors = CountOpenDescriptors();
  ServerPoolOptions options;
  options.server.data_directory.parent = MakeTestDirectory("data");
  {
    auto snapshot = DataSnapshot::Take(lease_, options);
    DSQL_ASSERT_OK(snapshot);
    auto pool = (*snapshot)->Pool(options);
    DSQL_ASSERT_OK(pool);
    Lease lease = *(*pool)->Acquire();
    EXPECT_EQ(Ask(lease, kState), state_);
    EXPECT_EQ(NamesIn(options.server.data_directory.parent).size(), 2u);
  }
  EXPECT_TRUE(NamesIn(options.server.data_directory.parent).empty());
  EXPECT_EQ(CountOpenDescriptors(), descriptors);
}

}  // namespace
}  // namespace dsql::postgres
