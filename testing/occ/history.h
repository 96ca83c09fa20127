// SPDX-License-Identifier: Apache-2.0

// Random histories of small transactions over a few keys.

#ifndef TESTING_OCC_HISTORY_H_
#define TESTING_OCC_HISTORY_H_

#include <random>
#include <string>
#include <vector>

#include "testing/occ/reference_database.h"

namespace dsql_testing {

struct HistoryOptions {
  int sessions = 3;
  // How many operations, BEGIN and COMMIT among them.
  int steps = 24;
  // Keys of kv, ids of child; values of u are twice as many.
  int keys = 4;
  // Whether there are operations on the table child, and on the column u.
  bool children = true;
  bool unique = true;
};

struct Step {
  int session;
  Operation operation;
};

// All keys lie in [base, base + options.keys), so that histories that follow
// each other in one database never meet. The first steps, of session 0, insert
// some rows; at the end every transaction is closed and all rows are read.
std::vector<Step> RandomHistory(const HistoryOptions& options, int base,
                                std::mt19937* random);

// The statement for `operation`, in SQL: with parameters $1, $2 and so on, and
// with their values written into it.
struct ParameterizedSql {
  std::string text;
  std::vector<std::string> values;
};
ParameterizedSql ToParameterizedSql(const Operation& operation);
std::string ToSql(const Operation& operation);

// What the statements need.
std::vector<std::string> HistorySchema();

}  // namespace dsql_testing

#endif  // TESTING_OCC_HISTORY_H_
