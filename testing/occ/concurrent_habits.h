// SPDX-License-Identifier: Apache-2.0

// How drivers send the same statements in different ways.

#ifndef TESTING_OCC_CONCURRENT_HABITS_H_
#define TESTING_OCC_CONCURRENT_HABITS_H_

#include <vector>

namespace dsql_testing {

struct DriverHabits {
  const char* name;
  // Query messages only.
  bool simple = false;
  // The execution, 1 or later, at which a statement gets a name; 0 for never.
  int named_from = 0;
  // BEGIN, COMMIT and ROLLBACK get names as well.
  bool named_control = false;
  // They are sent as Query, though other statements are not.
  bool simple_control = false;
  // BEGIN waits for the first statement, COMMIT may go with the last.
  bool begin_with_first = false;
  bool commit_with_last = false;
  // Statements that go before one Sync, or in one Query.
  int max_batch = 1;
  // Describes each portal.
  bool describes = false;
  // Parse, Describe and Sync before the first Bind.
  bool prepares_first = false;
  // Asks for answers by Flush; Sync comes at the end of the transaction.
  bool flushes = false;
};

const std::vector<DriverHabits>& KnownDriverHabits();

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_HABITS_H_
