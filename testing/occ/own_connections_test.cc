// SPDX-License-Identifier: Apache-2.0

// The gateway's own connections to a server are nobody's else: whoever came
// first, and whatever became of that role.

#include <memory>
#include <string>

#include "dsql/testing/fake_dsql_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class OwnConnectionsTest : public FakeDsqlTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = FakeDsqlTest::Options();
    options.gateway.tls = false;
    options.gateway.tokens = false;
    options.transactions.schema_conflicts = false;
    return options;
  }

  // `admin` makes a table and a role, and leaves.
  void SetUp() override {
    FakeDsqlTest::SetUp();
    const auto admin = NewSession("admin");
    for (const char* sql :
         {"CREATE TABLE t (k int PRIMARY KEY, v int)",
          "INSERT INTO t VALUES (1, 0), (2, 0)",
          "CREATE ROLE first LOGIN CONNECTION LIMIT 1",
          "CREATE ROLE second LOGIN",
          "GRANT SELECT, INSERT, UPDATE, DELETE ON t TO first, second"}) {
      EXPECT_THAT(admin->Query(sql), EndsWith("] Z[I]")) << sql;
    }
    admin->Send(Request().Terminate());
    EXPECT_EQ(admin->ReadToEnd(), "");
  }

  std::unique_ptr<RawClient> NewSession(const std::string& user) {
    const auto info = ConnectionInfo();
    auto client = std::make_unique<RawClient>(info.host, info.port);
    EXPECT_THAT(client->LogIn(user, info.database), EndsWith("Z")) << user;
    return client;
  }

  // A holds a row that B writes.
  static void Meet(RawClient* a, RawClient* b) {
    EXPECT_EQ(a->Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a->Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(b->Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
    EXPECT_EQ(a->Query("COMMIT"), kOC000);
  }
};

TEST_F(OwnConnectionsTest, WhoMayHaveOneOnlyCameFirst) {
  const auto first = NewSession("first");
  EXPECT_EQ(first->Query("UPDATE t SET v = 0 WHERE k = 2"), "C[UPDATE 1] Z[I]");
  const auto second = NewSession("second");
  Meet(first.get(), second.get());
  Meet(second.get(), first.get());
  const auto info = ConnectionInfo();
  RawClient third(info.host, info.port);
  EXPECT_THAT(third.LogIn("first", info.database), HasSubstr("E(53300)"));
}

TEST_F(OwnConnectionsTest, WhoCameFirstWasDropped) {
  const auto second = NewSession("second");
  EXPECT_EQ(second->Query("UPDATE t SET v = 0 WHERE k = 2"),
            "C[UPDATE 1] Z[I]");
  const auto admin = NewSession("admin");
  second->Send(Request().Terminate());
  EXPECT_EQ(second->ReadToEnd(), "");
  EXPECT_THAT(admin->Query("REVOKE ALL ON t FROM second"), EndsWith("Z[I]"));
  EXPECT_EQ(admin->Query("DROP ROLE second"), "C[DROP ROLE] Z[I]");
  const auto first = NewSession("first");
  Meet(first.get(), admin.get());
  Meet(admin.get(), first.get());
}

}  // namespace
}  // namespace dsql_testing
