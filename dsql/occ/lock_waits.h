// SPDX-License-Identifier: Apache-2.0

// Who waits for whom in a server.

#ifndef DSQL_OCC_LOCK_WAITS_H_
#define DSQL_OCC_LOCK_WAITS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dsql {

// By process ids. A value.
class LockWaits {
 public:
  struct Wait {
    std::vector<int32_t> blockers;
    // For a table or another object, not for a row or a transaction.
    bool for_schema = false;
  };

  // The query for it: of these processes, and, `with_others`, of all that wait.
  static std::string Query(const std::vector<int32_t>& pids, bool with_others);
  // Of the query's rows.
  explicit LockWaits(const std::vector<std::vector<std::string>>& rows);
  LockWaits() = default;

  const std::map<int32_t, Wait>& all() const { return waits_; }
  // Null where the process does not wait.
  const Wait* Find(int32_t pid) const;
  // Whether `from` waits, directly or not, for `to`, or is it.
  bool Reaches(int32_t from, int32_t to) const;

 private:
  std::map<int32_t, Wait> waits_;
};

}  // namespace dsql

#endif  // DSQL_OCC_LOCK_WAITS_H_
