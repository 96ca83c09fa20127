// SPDX-License-Identifier: Apache-2.0

// PostgreSQL has functions that run a text as SQL. The dialect does not look
// into it, so they would be the way to whatever it refuses.

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/substitute.h"
#include "absl/types/optional.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

// Lifts what a client is held to, were it run.
constexpr char kInside[] =
    "'SELECT dsql_internal.real_set_config(''statement_timeout'', ''7'',"
    " false)'";

class UnreadTextTest : public FakeDsqlTest {
 protected:
  void SetUp() override {
    FakeDsqlTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto connection = Connect();
    ASSERT_THAT(connection, IsOk());
    connection_.emplace(*std::move(connection));
  }

  void TearDown() override {
    if (connection_.has_value()) {
      const auto timeout = connection_->Execute("SHOW statement_timeout");
      ASSERT_THAT(timeout, IsOk());
      EXPECT_EQ(timeout->Scalar<std::string>().value_or(""), "0");
    }
    connection_.reset();
    FakeDsqlTest::TearDown();
  }

  absl::Status Try(const std::string& sql) {
    return connection_->Execute(sql).status();
  }

  absl::optional<dsql::postgres::Connection> connection_;
};

TEST_F(UnreadTextTest, IsRunByNoFunction) {
  for (const char* call :
       {"query_to_xml($0, true, true, '')",
        "pg_catalog.query_to_xml_and_xmlschema($0, true, true, '')",
        "query_to_xmlschema($0, true, true, '')",
        "cursor_to_xml('c', 1, true, true, '')",
        "schema_to_xml('dsql_internal', true, true, '')",
        "database_to_xml_and_xmlschema(true, true, '')", "ts_stat($0)",
        "ts_stat($0, 'a')", "ts_rewrite('a'::tsquery, $0)"}) {
    const std::string filled = absl::Substitute(call, kInside);
    for (const char* sql :
         {"SELECT $0", "SELECT * FROM $0", "CREATE VIEW v AS SELECT $0 AS a",
          "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS"
          " $$$$SELECT ($0)::text$$$$",
          "PREPARE p AS SELECT $0"}) {
      const std::string text = absl::Substitute(sql, filled);
      EXPECT_THAT(Try(text), IsSqlError("0A000")) << text;
    }
  }
  EXPECT_THAT(
      Try("SELECT ts_rewrite('a'::tsquery, 'a'::tsquery, 'b'::tsquery)"),
      IsOk());
}

// What looks like a column is a call to PostgreSQL.
TEST_F(UnreadTextTest, IsRunByNoColumn) {
  for (const char* sql : {"SELECT ($0::text).ts_stat",
                          "SELECT t.ts_stat FROM unnest(ARRAY[$0]) AS t"})
    EXPECT_THAT(Try(absl::Substitute(sql, kInside)),
                IsSqlError("0A000", "function ts_stat not supported"))
        << sql;
}

}  // namespace
}  // namespace dsql_testing
