// SPDX-License-Identifier: Apache-2.0

// What can be chosen of transactions.

#ifndef DSQL_OCC_TRANSACTION_OPTIONS_H_
#define DSQL_OCC_TRANSACTION_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace dsql {

// The limits of a transaction. Source:
// https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
struct TransactionLimits {
  int64_t max_rows = 3000;
  // Of the rows written, in bytes.
  size_t max_size = 10 * 1024 * 1024;
  absl::Duration max_age = absl::Seconds(300);
};

// How transactions behave.
struct TransactionOptions {
  // False: transactions are PostgreSQL's, whose writers wait for each other.
  bool optimistic = true;
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
