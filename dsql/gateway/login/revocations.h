// SPDX-License-Identifier: Apache-2.0

// Whether AWS IAM REVOKE may have taken a role away since a session looked.

#ifndef DSQL_GATEWAY_LOGIN_REVOCATIONS_H_
#define DSQL_GATEWAY_LOGIN_REVOCATIONS_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace dsql {

// Revocations counts the statements AWS IAM REVOKE of the clusters of a
// FakeDsql, so that a session asks for its grant only after one. Thread-safe.
class Revocations {
 public:
  // A REVOKE that may commit at any moment until this is destroyed.
  class UnderWay {
   public:
    explicit UnderWay(Revocations* all);
    ~UnderWay();
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

    // Nobody will know when it ends: from now on everybody looks each time.
    void Abandon() { abandoned_ = true; }

   private:
    bool abandoned_ = false;
    Revocations* const all_;
  };

  // What version() is while one is under way: a grant that is found may be gone
  // a moment later.
  static constexpr uint64_t kUnsettled = 0;

  // Who read it before it found its grant need not look again while it is the
  // same and not kUnsettled.
  uint64_t version() const { return version_; }

 private:
  void Count(int under_way, int ended);

  absl::Mutex mutex_;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t ended_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of these two, for each transaction to read.
  std::atomic<uint64_t> version_{1};
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_REVOCATIONS_H_
