// SPDX-License-Identifier: Apache-2.0

// The database with all of dsql/server_schema can be reset.

#include <string>

#include "dsql/postgres/connection.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/postgres/test_support.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

using dsql::postgres::Connection;
using dsql::postgres::Lease;
using dsql::postgres::ServerPool;
using dsql::postgres::ServerPoolOptions;

constexpr char kUse[] = R"(
CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v int);
CREATE TABLE c (id int PRIMARY KEY, p bigint REFERENCES p);
CREATE VIEW v AS SELECT * FROM p;
CREATE SCHEMA s CREATE TABLE t (i int);
CREATE ROLE app LOGIN;
GRANT SELECT ON p TO app;
INSERT INTO p (v) VALUES (1);
SELECT dsql_internal.submit_index_build('CREATE UNIQUE INDEX i ON p (v)', NULL,
                                        'p', 'i', false);
SELECT dsql_internal.iam_grant('app', 'arn:aws:iam::123456789012:role/x');
SELECT dsql_internal.copy_tables('p');
)";

TEST(ServerSchemaResetTest, NothingIsSeenByTheNext) {
  DSQL_REQUIRE_POSTGRES();
  ServerPoolOptions options;
  options.spare_servers = 0;
  options.server = ServerSchemaOptions();
  ServerPool pool(options);
  auto lease = pool.Acquire();
  DSQL_ASSERT_OK(lease);
  for (int i = 0; i < 5; ++i) {
    auto admin = Connection::Open(lease->conninfo());
    DSQL_ASSERT_OK(admin);
    EXPECT_EQ(Answer(&*admin, "SELECT count(*) FROM sys.jobs"), "0");
    EXPECT_EQ(Answer(&*admin, "SELECT count(*) FROM sys.iam_pg_role_mappings"),
              "0");
    EXPECT_EQ(Answer(&*admin, kUse), "(public,c);(public,p);(public,v)");
    lease->Release();
    lease = pool.Acquire();
    DSQL_ASSERT_OK(lease);
  }
  EXPECT_EQ(pool.stats().started, 1);
  EXPECT_EQ(pool.stats().discarded, 0);
}

}  // namespace
}  // namespace dsql_testing
