// SPDX-License-Identifier: Apache-2.0

// What sessions that ran at the same time did and were told.

#ifndef TESTING_OCC_CONCURRENT_HISTORY_H_
#define TESTING_OCC_CONCURRENT_HISTORY_H_

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace dsql_testing {

// Nanoseconds of the monotonic clock.
using Moment = int64_t;
inline constexpr Moment kNever = std::numeric_limits<Moment>::max();

// Something happened at one moment in here.
struct Span {
  Moment from = kNever;
  Moment to = kNever;
};

// A table's letter and a key.
using RowName = std::pair<char, int>;

// A row's content: its whole history. Each write appends a name that no other
// write has, so that a read tells whose versions it saw, in which order. Behind
// a colon is what the write added to the row's number: "s3t17w2:5".
using Elements = std::vector<std::string>;

// One row as one statement met it.
struct Access {
  enum Kind {
    kSaw,         // elements, value
    kSawAbsent,   // there was no such row
    kSawPresent,  // there was one, as a refused INSERT tells
    kAppend,      // one element
    kCreate,      // one element; the row's first
    kRemove,
    kLock,  // FOR UPDATE; its kSaw comes before
  };
  Kind kind = kSaw;
  RowName row;
  Elements elements;
  int64_t value = 0;
  // Nobody told whether it happened: the connection broke.
  bool maybe = false;
};

// A transaction, be it a block or a statement on its own.
struct TransactionRecord {
  enum Fate {
    kCommitted,   // told so
    kConflict,    // told 40001
    kRolledBack,  // wanted so, failed, or left before its COMMIT was sent
    kUnknown,     // the connection broke in COMMIT or in a lone write
  };
  std::string name;
  Fate fate = kRolledBack;
  // From the moment at which its first statement was sent to the one at which
  // that was answered.
  Span snapshot;
  // From the moment at which COMMIT was sent.
  Span commit;
  // In the order in which its statements ran.
  std::vector<Access> accesses;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_HISTORY_H_
