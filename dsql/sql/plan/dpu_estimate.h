// SPDX-License-Identifier: Apache-2.0

// What a statement costs, by EXPLAIN ANALYZE VERBOSE.

#ifndef DSQL_SQL_PLAN_DPU_ESTIMATE_H_
#define DSQL_SQL_PLAN_DPU_ESTIMATE_H_

#include <string>
#include <utility>
#include <vector>

namespace dsql::sql {

// Counts what a plan did, in Distributed Processing Units: about one a second
// of computing, and one for 100,000 bytes that were read or written. AWS
// publishes how a bill is made of DPUs, but not how work makes DPUs: the rates
// are a guess.
class DpuEstimate {
 public:
  void AddMilliseconds(double milliseconds) { milliseconds_ += milliseconds; }
  void AddRead(double bytes) { read_ += bytes; }
  void AddWrite(double bytes) { written_ += bytes; }

  // "Compute", "Read", "Write" and "Total", with "0.01607 DPU".
  std::vector<std::pair<std::string, std::string>> Lines() const;

 private:
  double milliseconds_ = 0;
  double read_ = 0;
  double written_ = 0;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_PLAN_DPU_ESTIMATE_H_
