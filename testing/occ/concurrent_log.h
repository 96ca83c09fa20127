// SPDX-License-Identifier: Apache-2.0

// What a history of several sessions is written down in.

#ifndef TESTING_OCC_CONCURRENT_LOG_H_
#define TESTING_OCC_CONCURRENT_LOG_H_

#include <deque>
#include <string>
#include <vector>

#include "testing/occ/concurrent_history.h"

namespace dsql_testing {

struct ConcurrentLog {
  // A deque, as sessions point to theirs.
  std::deque<TransactionRecord> transactions;
  // What is wrong without looking at other transactions.
  std::vector<std::string> violations;
  std::vector<std::string> trace;

  int statements = 0;
  int commits = 0;
  int drops = 0;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_LOG_H_
