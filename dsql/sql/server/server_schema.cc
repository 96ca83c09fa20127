#include "dsql/sql/server/server_schema.h"

namespace dsql::sql {
namespace {

constexpr char kSql[] =
#include "dsql/sql/server/server_schema_text.inc"
    ;  // NOLINT: the file is one literal

}  // namespace

absl::string_view ServerSchemaSql() { return kSql; }

}  // namespace dsql::sql
