// SPDX-License-Identifier: Apache-2.0

#include "dsql/server_schema/server_schema.h"

namespace dsql {
namespace {

constexpr char kSql[] =
#include "dsql/server_schema/server_schema_text.inc"
    ;  // NOLINT: the file is one literal

}  // namespace

absl::string_view ServerSchemaSql() { return kSql; }

std::map<std::string, std::string> ServerSchemaSettings() {
  return {{"default_transaction_isolation", "repeatable read"},
          // Of catalog.sql; it is heap by another name.
          {"default_table_access_method", "btree_table"},
          // Which leaves no other.
          {"default_text_search_config", "pg_catalog.simple"},
          // DSQL's query memory, in kB. The gateway tells it in DSQL's words.
          {"temp_file_limit", "131072"}};
}

}  // namespace dsql
