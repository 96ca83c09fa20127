// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/plain_server.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

std::unique_ptr<dsql::postgres::PostgresServer>& Server() {
  static std::unique_ptr<dsql::postgres::PostgresServer> server;
  return server;
}

}  // namespace

dsql::postgres::PostgresServer* PlainServer() {
  auto& server = Server();
  if (server != nullptr) return server.get();
  dsql::postgres::ServerOptions options;
  options.settings["default_transaction_isolation"] = "repeatable read";
  auto started = dsql::postgres::PostgresServer::Start(options);
  EXPECT_TRUE(started.ok()) << started.status();
  if (started.ok()) server = *std::move(started);
  return server.get();
}

void StopPlainServer() { Server().reset(); }

std::unique_ptr<RawClient> NewPlainSocket() {
  const auto info = PlainServer()->connection();
  auto client = std::make_unique<RawClient>(info.host, info.port);
  EXPECT_TRUE(client->valid());
  return client;
}

std::unique_ptr<RawClient> NewPlainSession() {
  auto client = NewPlainSocket();
  EXPECT_THAT(client->LogIn("admin", "postgres"), testing::StartsWith("R"));
  return client;
}

}  // namespace dsql_testing
