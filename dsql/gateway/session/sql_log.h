// SPDX-License-Identifier: Apache-2.0

// What SQL was sent to a cluster, and what came of it.

#ifndef DSQL_GATEWAY_SESSION_SQL_LOG_H_
#define DSQL_GATEWAY_SESSION_SQL_LOG_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace dsql {

// SqlLogEntry is a statement that was run.
struct SqlLogEntry {
  // Counts the cluster's sessions, from 1.
  int64_t session = 0;
  // Of the session, counts its transactions, from 1; a statement outside of a
  // block is one of its own.
  int64_t transaction = 0;
  // As the client sent it, without parameters; passwords are "***". Of a
  // statement that was prepared before, the text may be that of one with other
  // literals.
  std::string text;
  // Between the last byte of the request and the answer, of real time. That of
  // a batch counts for each of its statements.
  absl::Duration duration;
  // The command tag, "INSERT 0 1". Empty: it failed, or the connection broke.
  std::string command_tag;
  // Rows that the tag tells.
  int64_t rows = 0;
  // Of the error that the client was told; empty: none was.
  std::string sqlstate;
  std::string message;
};

// "[1.2] INSERT INTO t VALUES (1) -> INSERT 0 1 (0.4ms)".
std::ostream& operator<<(std::ostream& out, const SqlLogEntry& entry);

// SqlLog keeps the latest statements of one cluster. Thread-safe.
class SqlLog {
 public:
  // Statements that are kept; older ones are forgotten.
  static constexpr size_t kCapacity = 1000;

  // `sink` gets each entry as a line; may be null. Where not `enabled` and
  // without `sink`, nothing is kept.
  explicit SqlLog(bool enabled = false,
                  std::function<void(absl::string_view line)> sink = nullptr);

  // Where false nothing is ever kept.
  bool enabled() const { return enabled_ || sink_ != nullptr; }

  // The oldest first.
  std::vector<SqlLogEntry> entries() const;
  void Clear();

  // For the gateway from here on.
  void Add(SqlLogEntry entry);
  int64_t NextSession();

 private:
  const bool enabled_;
  const std::function<void(absl::string_view line)> sink_;
  mutable absl::Mutex mutex_;
  int64_t sessions_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<SqlLogEntry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_SQL_LOG_H_
