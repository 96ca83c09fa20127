// SPDX-License-Identifier: Apache-2.0

#include "dsql/fake_dsql_options.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/server_schema/server_schema.h"

namespace dsql {

FakeDsqlOptions FakeDsqlOptions::LocalStack() {
  FakeDsqlOptions options;
  options.identifier_style = IdentifierStyle::kUuid;
  options.access_key_id = "test";
  options.secret_access_key = "test";
  options.postgres.pool_options.server.template_options.user = "test";
  options.postgres.pool_options.server.template_options.database = "test";
  options.postgres.password = "test";
  options.gateway.style = Gateway::Style::kPort;
  options.gateway.tls = false;
  options.gateway.tokens = false;
  options.gateway.dialect.enforce = false;
  options.transactions.optimistic = false;
  options.http.verify_signatures = false;
  return options;
}

postgres::ServerPoolOptions FakeDsqlOptions::server_pool_options() const {
  postgres::ServerPoolOptions pool = postgres.pool_options;
  if (!gateway.dialect.enforce) return pool;
  std::string& sql = pool.server.template_options.bootstrap_sql;
  sql = absl::StrCat(ServerSchemaSql(), sql);
  for (const auto& setting : ServerSchemaSettings())
    pool.server.settings.insert(setting);
  return pool;
}

}  // namespace dsql
