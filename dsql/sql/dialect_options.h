// What of DSQL's dialect is enforced.

#ifndef DSQL_SQL_DIALECT_OPTIONS_H_
#define DSQL_SQL_DIALECT_OPTIONS_H_

#include <set>
#include <string>

namespace dsql::sql {

struct DialectOptions {
  // False: no statement is refused or rewritten, only classified.
  bool enforce = true;
  // SELECT … FOR UPDATE leaves traces, for optimistic transactions. Needs the
  // server's dsql_internal.
  bool trace_row_locks = false;
  // The ids of rules that are not applied.
  std::set<std::string> disabled_rules;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_DIALECT_OPTIONS_H_
