// SPDX-License-Identifier: Apache-2.0

// A reader-writer lock for data that is read far more often than written.

#ifndef DSQL_STORAGE_STRIPED_MUTEX_H_
#define DSQL_STORAGE_STRIPED_MUTEX_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "absl/base/thread_annotations.h"

namespace dsql {

// Readers on different processors lock different stripes and so do not write to
// the same cache line, so that two threads read faster than one. A writer locks
// every stripe, and new readers let a waiting writer go first. Used through the
// two scoped locks below; not reentrant.
//
// The stripes are no absl::Mutex because Debian's Abseil has its deadlock
// detection compiled in, whose global lock serialises all mutexes of a process:
// a reader lock takes 77 ns there and 246 ns on two threads, this one 22 ns and
// 12 ns.
class ABSL_LOCKABLE StripedMutex {
 private:
  friend class StripedReaderLock;
  friend class StripedWriterLock;

  static constexpr size_t kStripes = 8;

  // Two cache lines, which processors fetch as a pair.
  struct alignas(128) Stripe {
    std::shared_mutex mutex;
  };

  // The stripe of the processor that runs the calling thread at the moment.
  std::shared_mutex& StripeHere();

  std::shared_mutex& LockForReading();
  void LockForWriting();
  void UnlockForWriting();

  // On the heap, where alignment is certain.
  const std::unique_ptr<Stripe[]> stripes_ =
      std::make_unique<Stripe[]>(kStripes);
  // Writers that hold the lock or wait for it.
  std::atomic<int> writers_{0};
  // Held by the one writer.
  std::mutex writer_mutex_;
};

class ABSL_SCOPED_LOCKABLE StripedReaderLock {
 public:
  explicit StripedReaderLock(StripedMutex* mutex)
      ABSL_SHARED_LOCK_FUNCTION(mutex);
  ~StripedReaderLock() ABSL_UNLOCK_FUNCTION();

  StripedReaderLock(const StripedReaderLock&) = delete;
  StripedReaderLock& operator=(const StripedReaderLock&) = delete;

 private:
  // The thread may have moved to another processor when it unlocks.
  std::shared_mutex& stripe_;
};

class ABSL_SCOPED_LOCKABLE StripedWriterLock {
 public:
  explicit StripedWriterLock(StripedMutex* mutex)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex);
  ~StripedWriterLock() ABSL_UNLOCK_FUNCTION();

  StripedWriterLock(const StripedWriterLock&) = delete;
  StripedWriterLock& operator=(const StripedWriterLock&) = delete;

 private:
  StripedMutex* const mutex_;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_STRIPED_MUTEX_H_
