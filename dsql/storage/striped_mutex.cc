// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/striped_mutex.h"

#include <sched.h>

namespace dsql {

std::shared_mutex& StripedMutex::StripeHere() {
  // Any stripe is correct; where the processor is unknown (-1), the last one.
  const unsigned processor = static_cast<unsigned>(sched_getcpu());
  return stripes_[processor % kStripes].mutex;
}

std::shared_mutex& StripedMutex::LockForReading() {
  // A shared_mutex prefers readers, who could keep a writer out for ever: wait
  // behind it. That is only about fairness, so the order of memory is relaxed.
  if (writers_.load(std::memory_order_relaxed) > 0) {
    std::lock_guard<std::mutex> after_writer(writer_mutex_);
  }
  std::shared_mutex& stripe = StripeHere();
  stripe.lock_shared();
  return stripe;
}

void StripedMutex::LockForWriting() {
  writers_.fetch_add(1, std::memory_order_relaxed);
  writer_mutex_.lock();
  for (size_t i = 0; i < kStripes; ++i) stripes_[i].mutex.lock();
}

void StripedMutex::UnlockForWriting() {
  for (size_t i = 0; i < kStripes; ++i) stripes_[i].mutex.unlock();
  writer_mutex_.unlock();
  writers_.fetch_sub(1, std::memory_order_relaxed);
}

StripedReaderLock::StripedReaderLock(StripedMutex* mutex)
    : stripe_(mutex->LockForReading()) {}

StripedReaderLock::~StripedReaderLock() { stripe_.unlock_shared(); }

StripedWriterLock::StripedWriterLock(StripedMutex* mutex) : mutex_(mutex) {
  mutex_->LockForWriting();
}

StripedWriterLock::~StripedWriterLock() { mutex_->UnlockForWriting(); }

}  // namespace dsql
