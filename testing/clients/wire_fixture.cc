// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/wire_fixture.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {

dsql::FakeDsqlOptions WireTest::Options() {
  dsql::FakeDsqlOptions options = ClientTest::Options();
  options.gateway.tls = false;
  options.gateway.tokens = false;
  return options;
}

void WireTest::SetUp() {
  ClientTest::SetUp();
  if (HasFatalFailure()) return;
  Run("CREATE TABLE t (k int PRIMARY KEY, v int)");
  Run("INSERT INTO t SELECT i, 0 FROM generate_series(1, 9) i");
  a_ = NewSession();
  b_ = NewSession();
}

std::unique_ptr<RawClient> WireTest::NewSocket() {
  const auto info = ConnectionInfo();
  auto client = std::make_unique<RawClient>(info.host, info.port);
  EXPECT_TRUE(client->valid());
  return client;
}

std::unique_ptr<RawClient> WireTest::NewSession() {
  const auto info = ConnectionInfo();
  auto client = NewSocket();
  EXPECT_THAT(client->LogIn(info.user, info.database),
              testing::StartsWith("R"));
  return client;
}

std::string WireTest::Message(RawClient* session, const std::string& sql) {
  return session->Ask(Request().Query(sql), TraceDetail::kFull);
}

}  // namespace dsql_testing
