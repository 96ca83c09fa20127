#include "dsql/control/call_log.h"

#include <utility>

namespace dsql {

constexpr size_t CallLog::kCapacity;

void CallLog::Add(Call call) {
  Call forgotten;  // Freed after the lock is released.
  FastMutexLock lock(&mutex_);
  if (calls_.size() == kCapacity) {
    forgotten = std::move(calls_.front());
    calls_.pop_front();
  }
  calls_.push_back(std::move(call));
}

std::vector<Call> CallLog::All() const {
  FastMutexLock lock(&mutex_);
  return std::vector<Call>(calls_.begin(), calls_.end());
}

std::vector<Call> CallLog::Of(absl::string_view operation) const {
  std::vector<Call> calls;
  FastMutexLock lock(&mutex_);
  for (const Call& call : calls_) {
    if (call.operation == operation) calls.push_back(call);
  }
  return calls;
}

size_t CallLog::Count(absl::string_view operation) const {
  size_t count = 0;
  FastMutexLock lock(&mutex_);
  for (const Call& call : calls_) {
    if (call.operation == operation) ++count;
  }
  return count;
}

void CallLog::Clear() {
  std::deque<Call> forgotten;
  FastMutexLock lock(&mutex_);
  forgotten.swap(calls_);
}

}  // namespace dsql
