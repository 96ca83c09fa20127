// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/connection_faults.h"

#include <utility>

#include "dsql/base/sql_error.h"
#include "dsql/gateway/login/refusals.h"

namespace dsql {
namespace {

// Uses one of `left` up, if there is one.
bool Use(int* left) {
  if (*left <= 0) return false;
  --*left;
  return true;
}

}  // namespace

ConnectionFaults::ConnectionFaults(absl::Status usable)
    : usable_(std::move(usable)) {}

absl::Status ConnectionFaults::DropConnections() {
  std::function<void()> drop;
  {
    absl::MutexLock lock(&mutex_);
    drop = drop_;
  }
  if (drop != nullptr) drop();
  return usable_;
}

absl::Status ConnectionFaults::RefuseConnections(
    int count, absl::optional<v1::SqlErrorDetail> error) {
  absl::MutexLock lock(&mutex_);
  refusals_ = count;
  refusal_ = error.has_value() ? SqlError(*error) : WakingUpCluster();
  return usable_;
}

absl::Status ConnectionFaults::DropAfterStatements(int statements) {
  absl::MutexLock lock(&mutex_);
  drop_after_statements_ = statements;
  Arm();
  return usable_;
}

absl::Status ConnectionFaults::DropBeforeCommit(int times) {
  absl::MutexLock lock(&mutex_);
  drops_before_commit_ = times;
  Arm();
  return usable_;
}

absl::Status ConnectionFaults::DropAfterCommit(int times) {
  absl::MutexLock lock(&mutex_);
  drops_after_commit_ = times;
  Arm();
  return usable_;
}

absl::Status ConnectionFaults::DelayStatements(absl::Duration delay,
                                               int count) {
  absl::MutexLock lock(&mutex_);
  delay_ = delay;
  delays_ = count;
  Arm();
  return usable_;
}

void ConnectionFaults::Clear() {
  absl::MutexLock lock(&mutex_);
  refusals_ = drop_after_statements_ = delays_ = 0;
  drops_before_commit_ = drops_after_commit_ = 0;
  Arm();
}

ConnectionFaults::Verdict ConnectionFaults::OnStep(int statements,
                                                   bool commits) {
  absl::MutexLock lock(&mutex_);
  Verdict verdict;
  for (int i = 0; i < statements; ++i) {
    if (Use(&delays_)) verdict.delay += delay_;
    if (Use(&drop_after_statements_) && drop_after_statements_ == 0) {
      verdict.drop_after = true;
    }
  }
  if (commits && Use(&drops_before_commit_)) verdict.drop_before = true;
  if (commits && !verdict.drop_before && Use(&drops_after_commit_)) {
    verdict.drop_after = true;
  }
  Arm();
  return verdict;
}

absl::Status ConnectionFaults::OnConnect() {
  absl::MutexLock lock(&mutex_);
  return Use(&refusals_) ? refusal_ : absl::OkStatus();
}

void ConnectionFaults::Arm() {
  armed_.store(drop_after_statements_ > 0 || drops_before_commit_ > 0 ||
                   drops_after_commit_ > 0 || delays_ > 0,
               std::memory_order_relaxed);
}

void ConnectionFaults::SetDrop(std::function<void()> drop) {
  absl::MutexLock lock(&mutex_);
  drop_ = std::move(drop);
}

}  // namespace dsql
