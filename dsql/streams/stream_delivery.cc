// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/stream_delivery.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/aws/identifier.h"
#include "dsql/streams/record/change_record.h"

namespace dsql::streams {
namespace {

// Between two attempts with a record: twice as long each time.
constexpr absl::Duration kFirstPause = absl::Milliseconds(10);
constexpr int kMostDoublings = 7;
// Between two looks at what a deadline waits for.
constexpr absl::Duration kLookInterval = absl::Milliseconds(2);

}  // namespace

StreamDelivery::StreamDelivery(Options options)
    : options_(std::move(options)), queue_(options_.delivery) {}

void StreamDelivery::Add(const CommittedTransaction& transaction) {
  absl::MutexLock lock(&mutex_);
  const Permission permission = options_.may_deliver();
  if (permission == Permission::kDrop) return;
  RecordSource source;
  source.tx_id = transaction.tx_id;
  source.ts_ns = transaction.ts_ns;
  source.database = options_.database;
  source.cluster = options_.cluster;
  const absl::Time now = options_.clock->Now();
  for (const RowChange& change : transaction.changes) {
    const int64_t published =
        std::max(absl::ToUnixNanos(absl::Now()), transaction.ts_ns);
    for (std::string& data : MakeRecords(change, source, published)) {
      Pending pending;
      pending.record.data = std::move(data);
      pending.record.partition_key = UuidIdentifier(keys_.NextId());
      pending.added = now;
      queue_.Add(std::move(pending));
    }
  }
  PumpLocked(/*drain=*/false, permission);
}

void StreamDelivery::Pump(bool drain) {
  absl::MutexLock lock(&mutex_);
  PumpLocked(drain);
}

bool StreamDelivery::PumpLocked(bool drain) {
  if (queue_.empty() && retries_.empty()) return true;
  return PumpLocked(drain, options_.may_deliver());
}

bool StreamDelivery::PumpLocked(bool drain, Permission permission) {
  if (held_) return false;
  switch (permission) {
    case Permission::kKeep:
      return false;
    case Permission::kDrop:
      queue_.Clear();
      retries_.clear();
      return true;
    case Permission::kDeliver:
      break;
  }
  const absl::Time due = options_.clock->Now() - delay_;
  std::vector<Pending> retries = std::exchange(retries_, {});
  for (Pending& pending : retries) {
    if (drain || absl::Now() >= pending.try_after) {
      Deliver(std::move(pending));
    } else {
      retries_.push_back(std::move(pending));
    }
  }
  while (!queue_.empty() && queue_.waiting().front().added <= due) {
    absl::optional<Pending> next = queue_.Take(drain);
    if (!next.has_value()) break;
    Deliver(*std::move(next));
  }
  return true;
}

absl::Status StreamDelivery::Attempt(const ChangeRecord& record) {
  if (failures_ > 0) {
    --failures_;
    return failure_;
  }
  return options_.deliver(record);
}

void StreamDelivery::Deliver(Pending pending) {
  if (drops_ > 0) {
    --drops_;
    return;
  }
  const absl::Status status = Attempt(pending.record);
  const bool failed_before = !last_error_.ok();
  last_error_ = status;
  if (!status.ok() || failed_before) options_.outcome(status);
  if (status.ok()) {
    delivered_.push_back(std::move(pending.record));
    return;
  }
  pending.try_after =
      absl::Now() +
      kFirstPause * (1 << std::min(pending.failures, kMostDoublings));
  ++pending.failures;
  retries_.push_back(std::move(pending));
}

size_t StreamDelivery::PendingLocked() const {
  return queue_.size() + retries_.size();
}

size_t StreamDelivery::pending() const {
  absl::MutexLock lock(&mutex_);
  return PendingLocked();
}

absl::Duration StreamDelivery::Lag() const {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = options_.clock->Now();
  absl::Time oldest = now;
  for (const Pending& pending : queue_.waiting())
    oldest = std::min(oldest, pending.added);
  for (const Pending& pending : retries_)
    oldest = std::min(oldest, pending.added);
  return now - oldest;
}

absl::Status StreamDelivery::Flush(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  for (;;) {
    const bool tried = PumpLocked(/*drain=*/true);
    if (PendingLocked() == 0) return absl::OkStatus();
    const std::string waiting =
        absl::StrCat(PendingLocked(), " records are not delivered: ");
    if (!tried) {
      return absl::FailedPreconditionError(absl::StrCat(
          waiting, held_ ? "they are held, Release() them"
                         : "the stream's status keeps them. Make it ACTIVE"));
    }
    if (retries_.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(waiting, "they are delayed. Move the clock"));
    }
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(waiting, last_error_.ToString()));
    }
    // Others may release what is held meanwhile.
    const bool never = false;
    mutex_.AwaitWithTimeout(absl::Condition(&never), kLookInterval);
  }
}

std::vector<ChangeRecord> StreamDelivery::Records() const {
  absl::MutexLock lock(&mutex_);
  return delivered_;
}

absl::StatusOr<std::vector<ChangeRecord>> StreamDelivery::WaitForRecords(
    size_t count, absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return delivered_.size() >= count;
  };
  for (;;) {
    PumpLocked(/*drain=*/true);
    if (mutex_.AwaitWithTimeout(absl::Condition(&enough), kLookInterval))
      return delivered_;
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          "Of ", count, " records that were waited for there are ",
          delivered_.size(), ", and ", PendingLocked(), " wait",
          last_error_.ok() ? "" : absl::StrCat(": ", last_error_.ToString())));
    }
  }
}

void StreamDelivery::Hold() {
  absl::MutexLock lock(&mutex_);
  held_ = true;
}

void StreamDelivery::Release() {
  absl::MutexLock lock(&mutex_);
  held_ = false;
  PumpLocked(/*drain=*/false);
}

void StreamDelivery::DropNext(int count) {
  absl::MutexLock lock(&mutex_);
  drops_ = count;
}

void StreamDelivery::FailNext(int count, absl::Status error) {
  absl::MutexLock lock(&mutex_);
  failures_ = count;
  failure_ = std::move(error);
}

void StreamDelivery::SetDelay(absl::Duration delay) {
  absl::MutexLock lock(&mutex_);
  delay_ = delay;
}

}  // namespace dsql::streams
