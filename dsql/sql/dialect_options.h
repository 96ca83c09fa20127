// SPDX-License-Identifier: Apache-2.0

// What of DSQL's dialect is enforced.

#ifndef DSQL_SQL_DIALECT_OPTIONS_H_
#define DSQL_SQL_DIALECT_OPTIONS_H_

#include <set>
#include <string>

namespace dsql::sql {

// The version of PostgreSQL that DSQL is.
constexpr int kDsqlPostgresVersion = 16;

struct DialectOptions {
  // False: no statement is refused or rewritten, only classified.
  bool enforce = true;
  // SELECT … FOR UPDATE leaves traces, for optimistic transactions. Needs the
  // server's dsql_internal.
  bool trace_row_locks = false;
  // The catalogs are read as clients see them, without what the server has for
  // this library. Needs `enforce` and the server's dsql_internal.
  bool visible_catalogs = false;
  // The ids of rules that are not applied.
  std::set<std::string> disabled_rules;
  // The server's major version. Forms that DSQL has and the server has not are
  // refused with a text that says so, and so is what only later versions have.
  // A gateway puts in its servers'.
  int postgres_version = kDsqlPostgresVersion;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_DIALECT_OPTIONS_H_
