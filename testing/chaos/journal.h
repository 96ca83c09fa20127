// SPDX-License-Identifier: Apache-2.0

// What happened, counted, and what should not have.

#ifndef TESTING_CHAOS_JOURNAL_H_
#define TESTING_CHAOS_JOURNAL_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace dsql_testing {

// Thread-safe.
class Journal {
 public:
  // What breaks a promise of the library; printed at once, so that it is there
  // even if the process does not come to its end.
  void Violate(absl::string_view who, absl::string_view what);

  void Count(absl::string_view what, int64_t number = 1);

  // The first ones; of a promise that is broken all the time some will do.
  std::vector<std::string> violations() const;
  int64_t count(const std::string& what) const;
  // "commits 1234, conflicts 12, ...".
  std::string Summary() const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, int64_t> counts_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> violations_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_JOURNAL_H_
