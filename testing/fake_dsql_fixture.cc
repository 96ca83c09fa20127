#include "testing/fake_dsql_fixture.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/server_pool.h"
#include "testing/status_matchers.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::ServerPool;

// The pool that all tests with this user and database share; gone when the
// process exits. GoogleTest runs one test at a time, so this needs no lock.
std::shared_ptr<ServerPool> PoolOfProcess(const FakeDsqlOptions& options) {
  static std::map<std::string, std::shared_ptr<ServerPool>> pools;
  const auto& names = options.postgres.pool_options.server.template_options;
  std::shared_ptr<ServerPool>& pool =
      pools[absl::StrCat(names.user, "@", names.database)];
  if (pool == nullptr) {
    pool = std::make_shared<ServerPool>(options.postgres.pool_options);
  }
  return pool;
}

// Moves a clock of the test's own to where a creation has finished.
void AwaitActive(const FakeDsqlOptions& options) {
  if (options.clock == nullptr) return;
  const auto durations =
      options.durations.value_or(dsql::LifecycleDurations::AwsLike());
  options.clock->SleepFor(durations.creating);
}

}  // namespace

void FakeDsqlTest::SetUp() {
  FakeDsqlOptions options = Options();
  if (options.postgres.enabled && options.postgres.pool == nullptr) {
    options.postgres.pool = PoolOfProcess(options);
  }
  absl::StatusOr<std::unique_ptr<FakeDsql>> fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  fake_ = *std::move(fake);
  dsql::v1::CreateClusterInput input;
  input.set_deletion_protection_enabled(false);
  const auto created = fake_->clusters().CreateCluster(input);
  ASSERT_THAT(created, IsOk());
  cluster_ = created->identifier();
  AwaitActive(options);
  fake_->calls().Clear();
}

void FakeDsqlTest::TearDown() {
  if (fake_ == nullptr) return;
  EXPECT_THAT(fake_->Stop(), IsOk());
}

dsql::postgres::ConnectionParameters FakeDsqlTest::ConnectionInfo() {
  const auto info = fake().ConnectionInfo(cluster());
  EXPECT_THAT(info, IsOk());
  return info.ok() ? *info : dsql::postgres::ConnectionParameters();
}

}  // namespace dsql_testing
