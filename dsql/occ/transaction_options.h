// What can be chosen of transactions.

#ifndef DSQL_OCC_TRANSACTION_OPTIONS_H_
#define DSQL_OCC_TRANSACTION_OPTIONS_H_

#include "absl/time/time.h"
#include "dsql/occ/transaction_errors.h"

namespace dsql {

struct TransactionOptions {
  // False: transactions are PostgreSQL's.
  bool optimistic = false;
  TransactionLimits limits;
  // Whether schema changes make other sessions' statements and commits fail
  // (OC001).
  bool schema_conflicts = true;
  // How long after a schema change a session that is in no transaction is told
  // OC001 at its next statement; later it has learned of the change by itself.
  // May be zero or infinite. By the clock of FakeDsql.
  absl::Duration schema_conflict_window = absl::Milliseconds(500);
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_OPTIONS_H_
