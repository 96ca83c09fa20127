// SPDX-License-Identifier: Apache-2.0

// Judges whether what overlapping transactions were told is snapshot isolation
// in which the first committer wins. Pure: no clock, no database.
//
// What it finds: reads of what was not committed or only half of it, lost
// updates, reads from two snapshots or from one that is too old, writes that
// were told to be committed and are not there, or were told to have failed and
// are, and an order of commits that the clock rules out. Write skew is allowed.

#ifndef TESTING_OCC_CONCURRENT_CHECKER_H_
#define TESTING_OCC_CONCURRENT_CHECKER_H_

#include <string>
#include <vector>

#include "testing/occ/concurrent_history.h"

namespace dsql_testing {

enum class ConcurrentDialect {
  // Nobody waits, COMMIT tells who was second, FOR UPDATE counts as a write,
  // keys are looked for in the snapshot.
  kDsql,
  // REPEATABLE READ of PostgreSQL: 40001 comes with statements, and keys are
  // looked for in what is committed by then.
  kPostgres,
};

struct ConcurrentVerdict {
  // Nothing where all is well.
  std::vector<std::string> violations;
  // Transactions that were told 40001, and those of them for which nobody who
  // ran at the same time committed a write or lock of one of their rows.
  int conflicts = 0;
  int needless = 0;
  int unknown = 0;
};

// The last of `transactions` read all rows, when all others had ended.
ConcurrentVerdict JudgeHistory(
    const std::vector<TransactionRecord>& transactions,
    ConcurrentDialect dialect);

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_CHECKER_H_
