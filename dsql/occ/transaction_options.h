// What can be chosen of transactions.

#ifndef DSQL_OCC_TRANSACTION_OPTIONS_H_
#define DSQL_OCC_TRANSACTION_OPTIONS_H_

#include "dsql/occ/transaction_errors.h"

namespace dsql {

struct TransactionOptions {
  // False: transactions are PostgreSQL's.
  bool optimistic = false;
  TransactionLimits limits;
  // Whether schema changes make other sessions' statements and commits fail
  // (OC001).
  bool schema_conflicts = true;
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_OPTIONS_H_
