// SPDX-License-Identifier: Apache-2.0

// What was acknowledged, and the judge of what is found.

#ifndef TESTING_CHAOS_LEDGER_H_
#define TESTING_CHAOS_LEDGER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"

namespace dsql_testing {

// What a client knows of its write.
enum class Outcome {
  // It was told so.
  kDone,
  // It was told an error, or never asked for the COMMIT.
  kNotDone,
  // The connection broke, and nobody said.
  kUnknown,
};

// Ledger keeps the values that each key may have: one, unless a write is in
// doubt. A key has one writer at a time, whose writes are in order.
//
// Thread-safe.
class Ledger {
 public:
  // nullopt: there is no such key.
  using Value = absl::optional<int64_t>;
  struct Entry {
    // A key that was never written is not there.
    std::set<Value> possible = {Value()};
    // Of the last write that may have happened.
    Value last;
  };
  using Entries = std::map<std::string, Entry>;

  Ledger() = default;

  // A write of `value`. kDone must mean that what was in doubt before cannot
  // happen any more, as of an INSERT ... ON CONFLICT DO UPDATE, which a commit
  // of the same key that is still on its way would conflict with.
  void Settle(const std::string& key, Value value, Outcome outcome);

  // Its writer has read it. What its last write has left is committed, and
  // stays; of an older value, that write may still be on its way. Returns what
  // is wrong with it, "" where nothing is. `is_final` false: what is seen may
  // be lost later (of an encrypted cluster, where a session that is ended while
  // it waits for the sealed log has committed for others to see).
  std::string Saw(const std::string& key, Value value, bool is_final = true);

  // The only value that it can have; nullopt where it is in doubt.
  absl::optional<Value> Certain(const std::string& key) const;
  bool IsCertain(const std::string& key, Value value) const;

  // What is wrong with `found`, all that there is, once nobody writes.
  std::vector<std::string> Compare(
      const std::map<std::string, int64_t>& found) const;

  // All that it knows, to go back to.
  Entries entries() const;
  void Reset(Entries entries);

 private:
  mutable absl::Mutex mutex_;
  // A key that is not here was never asked for.
  Entries entries_ ABSL_GUARDED_BY(mutex_);
};

// Ledgers by name, which last longer than those who write in them.
class Ledgers {
 public:
  Ledger* Get(const std::string& name);

 private:
  absl::Mutex mutex_;
  std::map<std::string, Ledger> ledgers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_LEDGER_H_
