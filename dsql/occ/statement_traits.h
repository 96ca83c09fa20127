// SPDX-License-Identifier: Apache-2.0

// Small questions about statements, as transactions ask them.

#ifndef DSQL_OCC_STATEMENT_TRAITS_H_
#define DSQL_OCC_STATEMENT_TRAITS_H_

#include <string>
#include <vector>

#include "dsql/gateway/session/step.h"

namespace dsql {

inline bool IsKind(const StatementRef& statement, sql::StatementKind kind) {
  return statement && statement->kind == kind;
}

// BEGIN, COMMIT and ROLLBACK.
bool IsControl(const StatementRef& statement);

// By its text: what is not known may do anything. Functions are not looked at.
bool MayWrite(const StatementRef& statement);

// Of which only the catalog tells whether they write.
bool CallsFunctions(const StatementRef& statement);
// Which may be views, and run functions.
bool NamesRelations(const StatementRef& statement);

// No schema change makes it fail.
bool ReadsNothing(const StatementRef& statement);

// The server takes the transaction's snapshot for it, if there is none yet: not
// only where it runs, but where it is analysed before.
bool TakesSnapshot(const Action& action);

// It changes rows, not only locks them.
bool ModifiesRows(const sql::TableWrite& write);
bool ModifiesRows(const StatementRef& statement);

// The names of what is written.
std::vector<std::string> TablesOf(const std::vector<sql::TableWrite>& writes);

// It is refused before it does anything.
inline bool IsRefused(const StatementRef& statement) {
  return statement && statement->refusal.has_value();
}

}  // namespace dsql

#endif  // DSQL_OCC_STATEMENT_TRAITS_H_
