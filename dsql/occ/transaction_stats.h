// SPDX-License-Identifier: Apache-2.0

// What happened to the transactions of a cluster.

#ifndef DSQL_OCC_TRANSACTION_STATS_H_
#define DSQL_OCC_TRANSACTION_STATS_H_

#include <cstdint>

namespace dsql {

struct TransactionStats {
  // Transactions that wrote and committed, lone statements among them.
  int64_t commits = 0;
  // Answers of 40001 because of another transaction's data (OC000).
  int64_t data_conflicts = 0;
  // Those of them where the other transaction need not have mattered: what was
  // done again had another result, because of random values, say.
  int64_t spurious_conflicts = 0;
  // Answers of 40001 because of a schema change (OC001).
  int64_t schema_conflicts = 0;
  // How often a transaction gave its locks up for one that insisted, and how
  // often one went on in a copy of its tables because it waited or had lost.
  int64_t parked = 0;
  int64_t private_copies = 0;
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_STATS_H_
