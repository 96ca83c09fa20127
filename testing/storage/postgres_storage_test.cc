// SPDX-License-Identifier: Apache-2.0

// PostgresStorage on PostgreSQL itself, which locks what DSQL only checks.

#include "dsql/storage/postgres/postgres_storage.h"

#include <stdlib.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/server.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/testing/storage_conformance.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/storage/storage_tables.h"

namespace dsql_testing {
namespace {

using ::dsql::PostgresStorage;
using ::dsql::PostgresStorageOptions;
using ::dsql::Storage;
using ::dsql::WriteBatch;
using ::dsql::postgres::Connection;
using ::dsql::postgres::PostgresServer;
using ::testing::HasSubstr;

// One for the process; null without PostgreSQL.
PostgresServer* Server() {
  static auto& server = *new absl::StatusOr<std::unique_ptr<PostgresServer>>(
      PostgresServer::Start());
  return server.ok() ? server->get() : nullptr;
}

bool MayRun() {
  return Server() != nullptr || getenv("DSQL_TEST_REQUIRE_TOOLS") != nullptr;
}

PostgresStorageOptions Options(const std::string& table) {
  PostgresStorageOptions options;
  options.table = table;
  options.conninfo = [] { return Server()->conninfo(); };
  return options;
}

std::vector<StorageConformanceParam> Params() {
  if (!MayRun()) return {};
  return {ConformanceOfTables("Postgres", Options)};
}

INSTANTIATE_TEST_SUITE_P(Postgres, StorageConformanceTest,
                         ::testing::ValuesIn(Params()), StorageConformanceName);

class PostgresStorageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!MayRun()) GTEST_SKIP() << "There is no PostgreSQL";
    ASSERT_NE(Server(), nullptr);
    auto connection = Connection::Open(Server()->conninfo());
    ASSERT_THAT(connection, IsOk());
    connection_ = std::make_unique<Connection>(*std::move(connection));
  }

  void TearDown() override {
    if (Server() == nullptr) return;
    EXPECT_THAT(Server()->Health(), IsOk());
  }

  void Execute(const std::string& sql) {
    EXPECT_THAT(connection_->Execute(sql), IsOk());
  }

  static absl::Status Put(Storage& storage, const std::string& key) {
    WriteBatch batch;
    batch.Put("table", key, "value");
    return storage.Commit(batch);
  }

  std::unique_ptr<Connection> connection_;
  const std::string table_ = NewTable();
};

TEST_F(PostgresStorageTest, NamesAreQuoted) {
  Execute("CREATE SCHEMA \"a \"\"schema\"");
  PostgresStorageOptions options = Options("drop table; \"x");
  options.schema = "a \"schema";
  auto storage = PostgresStorage::Open(options);
  ASSERT_THAT(storage, IsOk());
  EXPECT_THAT(Put(**storage, "key"), IsOk());
  auto other = PostgresStorage::Open(options);
  ASSERT_THAT(other, IsOk());
  EXPECT_TRUE((*other)->Get("table", "key")->has_value());
}

TEST_F(PostgresStorageTest, WhatEndedIdleConnectionsIsNotNoticed) {
  auto storage = OpenOrNull(Options(table_));
  ASSERT_NE(storage, nullptr);
  for (const bool reads : {true, false}) {
    ASSERT_THAT(Put(*storage, "key"), IsOk());
    Execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE "
        "pid <> pg_backend_pid() AND backend_type = 'client backend'");
    if (reads) {
      EXPECT_TRUE(storage->Get("table", "key")->has_value());
    } else {
      EXPECT_THAT(Put(*storage, "other"), IsOk());
    }
  }
}

TEST_F(PostgresStorageTest, AServerThatIsNotThereIsUnavailable) {
  EXPECT_THAT(PostgresStorage::Open("host=/nonexistent").status(),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(PostgresStorageTest, ANewerFormatIsRefused) {
  OpenOrNull(Options(table_));
  Execute(absl::StrCat("UPDATE ", table_,
                       " SET version = 2 WHERE table_name = 'format'"));
  EXPECT_THAT(
      PostgresStorage::Open(Options(table_)).status(),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("format 2")));
}

TEST_F(PostgresStorageTest, AnotherProgramsTableIsRefused) {
  Execute(absl::StrCat("CREATE TABLE ", table_, " (a int)"));
  EXPECT_THAT(PostgresStorage::Open(Options(table_)).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("another program's")));
}

// A role that may use the table need not be one that may make it.
TEST_F(PostgresStorageTest, NeedsNoMoreRightsThanItUses) {
  OpenOrNull(Options(table_));
  Execute("CREATE ROLE clerk LOGIN");
  Execute(absl::StrCat("GRANT SELECT, INSERT, UPDATE, DELETE ON ", table_,
                       " TO clerk"));
  PostgresStorageOptions options = Options(table_);
  auto parameters = Server()->connection();
  parameters.user = "clerk";
  options.conninfo = [parameters] { return parameters.ToConninfo(); };
  auto storage = PostgresStorage::Open(options);
  ASSERT_THAT(storage, IsOk());
  EXPECT_THAT(Put(**storage, "key"), IsOk());
}

TEST_F(PostgresStorageTest, WhoMustWaitTooLongIsTold) {
  PostgresStorageOptions options = Options(table_);
  auto patient = PostgresStorage::Open(options);
  ASSERT_THAT(patient, IsOk());
  ASSERT_THAT(Put(**patient, "key"), IsOk());
  options.timeout = absl::Seconds(1);
  auto storage = PostgresStorage::Open(options);
  ASSERT_THAT(storage, IsOk());
  Execute(absl::StrCat("BEGIN; UPDATE ", table_, " SET version = 7"));
  EXPECT_THAT(Put(**storage, "key"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  Execute("ROLLBACK");
  EXPECT_THAT(Put(**patient, "key"), IsOk());
}

}  // namespace
}  // namespace dsql_testing
