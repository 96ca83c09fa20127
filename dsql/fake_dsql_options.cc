#include "dsql/fake_dsql_options.h"

#include <string>

#include "dsql/server_schema/server_schema.h"

namespace dsql {

FakeDsqlOptions FakeDsqlOptions::Faithful() {
  FakeDsqlOptions options;
  options.postgres.pool_options.server.template_options.user = "admin";
  options.postgres.pool_options.server.template_options.database = "postgres";
  options.postgres.pool_options.server.template_options.bootstrap_sql =
      std::string(ServerSchemaSql());
  for (const auto& setting : ServerSchemaSettings()) {
    options.postgres.pool_options.server.settings.insert(setting);
  }
  options.transactions.optimistic = true;
  return options;
}

FakeDsqlOptions FakeDsqlOptions::LocalStack() {
  FakeDsqlOptions options;
  options.identifier_style = IdentifierStyle::kUuid;
  options.postgres.pool_options.server.template_options.user = "test";
  options.postgres.pool_options.server.template_options.database = "test";
  options.postgres.password = "test";
  options.gateway.style = Gateway::Style::kPort;
  options.gateway.tls = false;
  options.gateway.tokens = false;
  options.gateway.dialect.enforce = false;
  options.http.verify_signatures = false;
  options.http.access_key_id = "test";
  options.http.secret_access_key = "test";
  return options;
}

}  // namespace dsql
