// SPDX-License-Identifier: Apache-2.0

#include "dsql/check_options.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/storage/in_memory_storage.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<postgres::ServerPool> PoolOf(
    const postgres::ServerPoolOptions& options) {
  return std::make_shared<postgres::ServerPool>(options);
}

TEST(CheckOptionsTest, PresetsAreGood) {
  EXPECT_TRUE(CheckOptions(FakeDsqlOptions()).ok());
  EXPECT_TRUE(CheckOptions(FakeDsqlOptions::Faithful()).ok());
  EXPECT_TRUE(CheckOptions(FakeDsqlOptions::LocalStack()).ok());
}

TEST(CheckOptionsTest, DefaultOptionsAreFaithful) {
  const FakeDsqlOptions options;
  EXPECT_TRUE(options.transactions.optimistic);
  EXPECT_TRUE(options.gateway.dialect.enforce);
  EXPECT_TRUE(options.gateway.tls);
  EXPECT_TRUE(options.gateway.tokens);
  EXPECT_TRUE(options.http.verify_signatures);
  EXPECT_EQ(options.server_pool_options(),
            FakeDsqlOptions::Faithful().server_pool_options());
}

TEST(CheckOptionsTest, UsersSqlAndSettingsAreKept) {
  FakeDsqlOptions options;
  options.postgres.pool_options.server.template_options.bootstrap_sql =
      "CREATE TABLE mine ();";
  options.postgres.pool_options.server.settings["work_mem"] = "1MB";
  const postgres::ServerOptions server = options.server_pool_options().server;
  EXPECT_THAT(server.template_options.bootstrap_sql,
              HasSubstr("CREATE TABLE mine"));
  EXPECT_EQ(server.settings.at("work_mem"), "1MB");
  EXPECT_TRUE(CheckOptions(options).ok());
}

struct Case {
  std::string says;
  std::function<void(FakeDsqlOptions*)> change;
};

TEST(CheckOptionsTest, WhatCannotWorkIsRefused) {
  const std::vector<Case> cases = {
      {"account_id must be 12 digits", [](auto* o) { o->account_id = "1"; }},
      {"default_region must be a Region",
       [](auto* o) { o->default_region = "mars"; }},
      {"access_key_id and", [](auto* o) { o->access_key_id = ""; }},
      {"access_key_id and", [](auto* o) { o->secret_access_key = ""; }},
      {"durations must not be negative",
       [](auto* o) {
         o->durations = LifecycleDurations();
         o->durations->deleting = -absl::Seconds(1);
       }},
      {"session_life must be positive",
       [](auto* o) { o->gateway.session_life = absl::ZeroDuration(); }},
      {"schema_conflict_window must not be negative",
       [](auto* o) {
         o->transactions.schema_conflict_window = -absl::Seconds(1);
       }},
      {"access_denied_sqlstate must be a SQLSTATE",
       [](auto* o) { o->gateway.access_denied_sqlstate = "2800"; }},
      {"sni_required needs gateway.style kAwsHostName",
       [](auto* o) { o->gateway.sni_required = true; }},
      {"web_socket_port needs gateway.tls",
       [](auto* o) {
         o->gateway.tls = false;
         o->gateway.web_socket_port = 443;
       }},
      {"web_socket_port must be 0 to 65535",
       [](auto* o) { o->gateway.web_socket_port = 65536; }},
      {"web_socket_port must not be 5432",
       [](auto* o) { o->gateway.web_socket_port = 5432; }},
      {"web_socket_port must be 0 with gateway.style kPort",
       [](auto* o) {
         o->gateway.style = FakeDsqlOptions::Gateway::Style::kPort;
         o->gateway.web_socket_port = 443;
       }},
      {"http.port must be", [](auto* o) { o->http.port = 70000; }},
      {"http.handler_threads must be",
       [](auto* o) { o->http.handler_threads = 0; }},
      {"optimistic needs gateway.dialect.enforce",
       [](auto* o) { o->gateway.dialect.enforce = false; }},
      {"\"trunkate\", which is no rule",
       [](auto* o) { o->gateway.dialect.disabled_rules = {"trunkate"}; }},
      {"postgres.pool has servers without",
       [](auto* o) {
         o->postgres.pool = PoolOf(postgres::ServerPoolOptions());
       }},
      {"data_dir has a Storage of its own",
       [](auto* o) {
         static InMemoryStorage storage;
         o->data_dir = "/nonexistent/data";
         o->storage = &storage;
       }},
      {"data_dir keeps rows, which servers of a pool lose",
       [](auto* o) {
         o->data_dir = "/nonexistent/data";
         o->postgres.pool = PoolOf(o->server_pool_options());
       }},
      {"data_dir keeps rows, which are elsewhere",
       [](auto* o) {
         o->data_dir = "/nonexistent/data";
         o->postgres.pool_options.external_conninfo = "host=/nonexistent";
       }},
  };
  for (const Case& refused : cases) {
    FakeDsqlOptions options;
    refused.change(&options);
    const absl::Status status = CheckOptions(options);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument)
        << refused.says;
    EXPECT_THAT(std::string(status.message()), HasSubstr(refused.says));
  }
}

TEST(CheckOptionsTest, PoolOfTheSameOptionsIsGood) {
  FakeDsqlOptions options;
  options.postgres.pool = PoolOf(options.server_pool_options());
  EXPECT_TRUE(CheckOptions(options).ok());
}

TEST(CheckOptionsTest, WithoutRowsNoServerIsLookedAt) {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  options.postgres.pool_options.external_conninfo = "host=/nonexistent";
  EXPECT_TRUE(CheckOptions(options).ok());
}

}  // namespace
}  // namespace dsql
