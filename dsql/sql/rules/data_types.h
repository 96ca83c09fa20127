// SPDX-License-Identifier: Apache-2.0

// The types that columns may have.

#ifndef DSQL_SQL_RULES_DATA_TYPES_H_
#define DSQL_SQL_RULES_DATA_TYPES_H_

#include <string>

namespace pg_query {
class TypeName;
}

namespace dsql::sql {

// As PostgreSQL's messages name the type: "integer", "text[]".
std::string DisplayName(const pg_query::TypeName& type);

// The type's name in pg_type, without its schema; "" for one that is in a
// schema of the user's, or an array.
std::string BuiltinName(const pg_query::TypeName& type);

// False for types of PostgreSQL that DSQL has within expressions at most.
// Types by other names, domains presumably, are supported.
bool IsColumnType(const pg_query::TypeName& type);

// False for types of columns that can be no part of a key.
bool IsKeyType(const pg_query::TypeName& type);

// The first type modifier, such as the length of varchar(10); 0 where there is
// none.
int FirstModifier(const pg_query::TypeName& type);

}  // namespace dsql::sql

#endif  // DSQL_SQL_RULES_DATA_TYPES_H_
