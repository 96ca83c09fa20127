// SPDX-License-Identifier: Apache-2.0

// What lives inside the PostgreSQL server of a faithful cluster: the SQL files
// of this folder, embedded.

#ifndef DSQL_SERVER_SCHEMA_SERVER_SCHEMA_H_
#define DSQL_SERVER_SCHEMA_SERVER_SCHEMA_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace dsql {

// For TemplateOptions::bootstrap_sql: the schemas sys and dsql_internal, DSQL's
// answers in pg_catalog, and the quotas.
absl::string_view ServerSchemaSql();

// For ServerOptions::settings.
std::map<std::string, std::string> ServerSchemaSettings();

}  // namespace dsql

#endif  // DSQL_SERVER_SCHEMA_SERVER_SCHEMA_H_
