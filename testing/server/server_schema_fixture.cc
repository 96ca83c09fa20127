// SPDX-License-Identifier: Apache-2.0

#include "testing/server/server_schema_fixture.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"
#include "dsql/postgres/test_support.h"
#include "dsql/server_schema/server_schema.h"

namespace dsql_testing {

using dsql::postgres::Connection;
using dsql::postgres::ConnectionParameters;
using dsql::postgres::PostgresServer;
using dsql::postgres::Result;
using dsql::postgres::ServerOptions;

ServerOptions ServerSchemaOptions() {
  ServerOptions options;
  options.template_options.bootstrap_sql = std::string(dsql::ServerSchemaSql());
  options.settings = dsql::ServerSchemaSettings();
  return options;
}

std::string Answer(Connection* connection, const std::string& sql) {
  const absl::StatusOr<Result> result = connection->Execute(sql);
  if (!result.ok()) {
    const auto detail = dsql::GetSqlErrorDetail(result.status());
    return detail.has_value()
               ? absl::StrCat(detail->sqlstate(), ": ", detail->message())
               : result.status().ToString();
  }
  std::string answer;
  for (int row = 0; row < result->row_count(); ++row) {
    for (int column = 0; column < result->column_count(); ++column) {
      absl::StrAppend(&answer,
                      column > 0 ? "|"
                      : row > 0  ? ";"
                                 : "",
                      result->Get<absl::optional<std::string>>(row, column)
                          ->value_or("NULL"));
    }
  }
  return answer;
}

void ServerSchemaTest::SetUp() {
  DSQL_REQUIRE_POSTGRES();
  auto server = PostgresServer::Start(ServerSchemaOptions());
  DSQL_ASSERT_OK(server);
  server_ = *std::move(server);
  admin_ = ConnectAs("admin");
  internal_ = ConnectAs(dsql::postgres::kInternalUser);
}

std::unique_ptr<Connection> ServerSchemaTest::ConnectAs(
    const std::string& role) {
  ConnectionParameters parameters = server_->connection();
  parameters.user = role;
  auto connection = Connection::Open(parameters.ToConninfo());
  EXPECT_TRUE(connection.ok()) << connection.status();
  if (!connection.ok()) return nullptr;
  return std::make_unique<Connection>(*std::move(connection));
}

}  // namespace dsql_testing
