// SPDX-License-Identifier: Apache-2.0

// What one transaction saw of one row, and what it left of it.

#ifndef TESTING_OCC_CONCURRENT_ROW_USE_H_
#define TESTING_OCC_CONCURRENT_ROW_USE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "testing/occ/concurrent_history.h"

namespace dsql_testing {

struct RowUse {
  // Of the snapshot: own writes are taken off.
  std::vector<Elements> saw;
  bool saw_absent = false;
  bool saw_present = false;
  // `own` begins a row, in the place of the snapshot's or of none.
  bool created = false;
  Elements own;
  // Those of `own` that may not have happened.
  std::set<std::string> maybe;
  // The snapshot's row is gone.
  bool removed = false;
  bool maybe_removed = false;
  bool locked = false;
};

// Adds to `violations` what does not fit within the transaction: an own write
// that it does not see, a row that it sees in two ways.
std::map<RowName, RowUse> FindRowUses(const TransactionRecord& transaction,
                                      std::vector<std::string>* violations);

// "a3"
std::string ToString(const RowName& row);
// "[x y:2]"
std::string ToString(const Elements& elements);

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_ROW_USE_H_
