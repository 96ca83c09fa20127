// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/lock_waits.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace dsql {
namespace {

int32_t ToPid(absl::string_view text) {
  int32_t pid = 0;
  return absl::SimpleAtoi(text, &pid) ? pid : 0;
}

}  // namespace

std::string LockWaits::Query(const std::vector<int32_t>& pids,
                             bool with_others) {
  const absl::string_view others =
      with_others ? " UNION SELECT pid FROM pg_locks WHERE NOT granted" : "";
  return absl::StrCat(
      "SELECT pid, array_to_string(blockers, ','), EXISTS (SELECT FROM "
      "pg_locks l WHERE l.pid = w.pid AND NOT granted AND locktype IN "
      "('relation', 'object', 'database')) "
      "FROM (SELECT pid, pg_blocking_pids(pid) AS blockers FROM "
      "(SELECT unnest('{",
      absl::StrJoin(pids, ","), "}'::int4[]) AS pid", others,
      // Others are held for a moment, not until a transaction ends.
      ") p OFFSET 0) w WHERE cardinality(blockers) > 0 AND EXISTS (SELECT FROM "
      "pg_locks l WHERE l.pid = w.pid AND NOT granted AND locktype NOT IN "
      "('extend', 'page', 'frozenid'))");
}

LockWaits::LockWaits(const std::vector<std::vector<std::string>>& rows) {
  for (const auto& row : rows) {
    if (row.size() < 3) continue;
    Wait& wait = waits_[ToPid(row[0])];
    wait.for_schema = row[2] == "t";
    for (absl::string_view blocker :
         absl::StrSplit(row[1], ',', absl::SkipEmpty()))
      wait.blockers.push_back(ToPid(blocker));
  }
}

const LockWaits::Wait* LockWaits::Find(int32_t pid) const {
  const auto found = waits_.find(pid);
  return found == waits_.end() ? nullptr : &found->second;
}

bool LockWaits::Reaches(int32_t from, int32_t to) const {
  std::set<int32_t> seen;
  std::vector<int32_t> next = {from};
  while (!next.empty()) {
    const int32_t pid = next.back();
    next.pop_back();
    if (pid == to) return true;
    const Wait* const wait = Find(pid);
    if (wait == nullptr || !seen.insert(pid).second) continue;
    next.insert(next.end(), wait->blockers.begin(), wait->blockers.end());
  }
  return false;
}

}  // namespace dsql
