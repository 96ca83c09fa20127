// SPDX-License-Identifier: Apache-2.0

// With a pool whose databases are nowhere.

#include "dsql/postgres_data_plane.h"

#include <atomic>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/control/service_errors.h"
#include "dsql/database_servers.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/pooled_database.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

using State = absl::StatusOr<ControlPlane::ClusterState>;

class DatabaseNowhere final : public postgres::PooledDatabase {
 public:
  absl::Status Lend() override { return absl::OkStatus(); }
  absl::Status Reset() override { return absl::OkStatus(); }
  absl::Status Stop() override { return absl::OkStatus(); }
  absl::Status Health() const override { return absl::OkStatus(); }
  postgres::ConnectionParameters connection() const override {
    postgres::ConnectionParameters parameters;
    parameters.host = "/nonexistent";
    return parameters;
  }
  postgres::ConnectionParameters internal_connection() const override {
    return connection();
  }
};

State Is(v1::ClusterStatus::Value status) {
  return ControlPlane::ClusterState{status, "database"};
}

class PostgresDataPlaneTest : public ::testing::Test {
 protected:
  PostgresDataPlaneTest()
      : pool_(std::make_shared<postgres::ServerPool>(
            postgres::ServerPoolOptions(),
            [](const postgres::ServerPoolOptions&) {
              return std::make_unique<DatabaseNowhere>();
            })),
        plane_(Options()) {}

  PostgresDataPlane::Options Options() {
    PostgresDataPlane::Options options;
    options.servers = std::make_shared<PooledServers>(pool_);
    options.find_cluster = [this](absl::string_view, absl::string_view) {
      return Look();
    };
    options.wake_cluster = [this](absl::string_view, absl::string_view) {
      ++woken_;
      return absl::OkStatus();
    };
    // The other process deletes; nobody waits a quarter of a second here.
    options.watch.interval = absl::Milliseconds(1);
    options.watch.find_deleted = [this](absl::string_view,
                                        const std::set<std::string>& ids) {
      return FindDeleted(ids);
    };
    options.account_id = "000000000000";
    options.endpoints.style = FakeDsqlOptions::Gateway::Style::kPort;
    options.endpoints.tls = false;
    options.endpoints.tokens = false;
    options.gateway.clock = &clock_;
    options.has_jobs = false;
    return options;
  }

  // What the control plane answers. A connection that is expected is opened by
  // another thread, which is not what a test scripts.
  State Look() {
    absl::MutexLock lock(&mutex_);
    if (std::this_thread::get_id() != test_ || looks_.empty())
      return otherwise_;
    const State next = looks_.front();
    looks_.pop_front();
    return next;
  }

  void Script(std::deque<State> looks, State otherwise) {
    absl::MutexLock lock(&mutex_);
    looks_ = std::move(looks);
    otherwise_ = std::move(otherwise);
  }
  void Script(std::deque<State> looks) {
    Script(std::move(looks), Is(v1::ClusterStatus::ACTIVE));
  }

  absl::StatusOr<std::vector<std::string>> FindDeleted(
      const std::set<std::string>& identifiers) {
    absl::MutexLock lock(&mutex_);
    if (!deleted_elsewhere_.ok()) return deleted_elsewhere_.status();
    std::vector<std::string> deleted;
    if (*deleted_elsewhere_)
      deleted.assign(identifiers.begin(), identifiers.end());
    return deleted;
  }

  void DeleteElsewhere(absl::StatusOr<bool> deleted) {
    absl::MutexLock lock(&mutex_);
    deleted_elsewhere_ = std::move(deleted);
  }

  bool AwaitNothingLeased() {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (pool_->stats().leased > 0 && absl::Now() < deadline) {
    }
    return pool_->stats().leased == 0;
  }

  absl::Status Connect() {
    return plane_.Connection("us-east-1", "abc").status();
  }

  // Whether somebody listens there.
  static bool Listens(const std::string& endpoint) {
    const std::string port = endpoint.substr(endpoint.find(':') + 1);
    return PQping(absl::StrCat("host=127.0.0.1 connect_timeout=5 port=", port)
                      .c_str()) != PQPING_NO_RESPONSE;
  }

  SystemClock clock_;
  const std::thread::id test_ = std::this_thread::get_id();
  absl::Mutex mutex_;
  // What the test sees next, and then.
  std::deque<State> looks_ ABSL_GUARDED_BY(mutex_);
  State otherwise_ ABSL_GUARDED_BY(mutex_) = Is(v1::ClusterStatus::ACTIVE);
  absl::StatusOr<bool> deleted_elsewhere_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<int> woken_{0};
  std::shared_ptr<postgres::ServerPool> pool_;
  PostgresDataPlane plane_;
};

TEST_F(PostgresDataPlaneTest, PassingErrorOfStorageLosesNoRows) {
  EXPECT_TRUE(Connect().ok());
  Script({Is(v1::ClusterStatus::ACTIVE), absl::UnavailableError("a moment")});
  EXPECT_TRUE(absl::IsUnavailable(Connect()));
  Script({absl::UnavailableError("a moment")});
  EXPECT_TRUE(absl::IsUnavailable(Connect()));
  EXPECT_TRUE(Connect().ok());
  EXPECT_EQ(pool_->stats().started, 1);
  EXPECT_EQ(pool_->stats().leased, 1);
}

TEST_F(PostgresDataPlaneTest, ClusterThatWasDeletedMeanwhileKeepsNoDatabase) {
  for (const State& deleted :
       {Is(v1::ClusterStatus::DELETING),
        State(ClusterNotFound("us-east-1", "000000000000", "abc"))}) {
    Script({});
    EXPECT_TRUE(Connect().ok());
    Script({Is(v1::ClusterStatus::ACTIVE)}, deleted);
    EXPECT_FALSE(Connect().ok());
    // The expected connection of the first one may still be on its way.
    EXPECT_TRUE(AwaitNothingLeased());
  }
}

TEST_F(PostgresDataPlaneTest, ClusterThatBecameInactiveMeanwhileKeepsItsRows) {
  EXPECT_TRUE(Connect().ok());
  Script({Is(v1::ClusterStatus::ACTIVE), Is(v1::ClusterStatus::INACTIVE)});
  EXPECT_TRUE(Connect().ok());
  Script({Is(v1::ClusterStatus::INACTIVE)});
  EXPECT_FALSE(Connect().ok());
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(pool_->stats().leased, 1);
}

TEST_F(PostgresDataPlaneTest, ClosedEndpointStaysClosed) {
  const std::string endpoint = *plane_.Endpoint("us-east-1", "abc");
  EXPECT_THAT(endpoint, StartsWith("127.0.0.1:"));
  EXPECT_TRUE(Listens(endpoint));
  plane_.Close("us-east-1", "abc");
  EXPECT_EQ(*plane_.Endpoint("us-east-1", "abc"), endpoint);
  // The gateway closes on its own thread.
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Listens(endpoint) && absl::Now() < deadline) {
  }
  EXPECT_FALSE(Listens(endpoint));
}

TEST_F(PostgresDataPlaneTest, ClosedClusterThatNeverHadAnEndpointGetsNone) {
  plane_.Close("us-east-1", "abc");
  EXPECT_THAT(*plane_.Endpoint("us-east-1", "abc"),
              EndsWith(".dsql.us-east-1.on.aws"));
}

TEST_F(PostgresDataPlaneTest, ClusterThatAnotherProcessDeletesIsClosed) {
  DeleteElsewhere(absl::UnavailableError("a moment"));
  EXPECT_TRUE(Connect().ok());
  const std::string endpoint = *plane_.Endpoint("us-east-1", "abc");
  EXPECT_TRUE(Listens(endpoint));
  EXPECT_EQ(pool_->stats().leased, 1);
  DeleteElsewhere(true);
  EXPECT_TRUE(AwaitNothingLeased());
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Listens(endpoint) && absl::Now() < deadline) {
  }
  EXPECT_FALSE(Listens(endpoint));
}

// There is a database behind no endpoint, too.
TEST_F(PostgresDataPlaneTest, DatabaseWithoutEndpointIsGivenBack) {
  EXPECT_TRUE(
      absl::IsFailedPrecondition(plane_.Jobs("us-east-1", "abc").status()));
  EXPECT_EQ(pool_->stats().leased, 1);
  DeleteElsewhere(true);
  EXPECT_TRUE(AwaitNothingLeased());
}

TEST_F(PostgresDataPlaneTest, StoppedPlaneSaysSo) {
  EXPECT_TRUE(Connect().ok());
  plane_.Stop();
  plane_.Stop();
  EXPECT_TRUE(absl::IsFailedPrecondition(Connect()));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(plane_.Endpoint("us-east-1", "new").status()));
  EXPECT_EQ(pool_->stats().leased, 0);
}

}  // namespace
}  // namespace dsql
