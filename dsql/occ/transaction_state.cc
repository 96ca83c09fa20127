// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_state.h"

#include <cassert>

namespace dsql {

bool TransactionState::has_next() const {
  if (const auto* writing = get<Writing>()) return writing->has_next;
  if (const auto* parked = get<Parked>()) return parked->has_next;
  if (const auto* copy = get<Private>()) return copy->has_next;
  return false;
}

bool TransactionState::lost() const {
  if (const auto* parked = get<Parked>()) return parked->lost;
  if (const auto* copy = get<Private>()) return copy->lost;
  return false;
}

void TransactionState::Begin(absl::Time now, bool implicit) {
  assert(is<Idle>());
  End();
  state_ = Reading{};
  implicit_ = implicit;
  began_ = now;
}

void TransactionState::TakeSnapshot(const Snapshot& snapshot) {
  assert(in_block());
  if (!snapshot_.has_value()) snapshot_ = snapshot;
}

void TransactionState::Wrote() {
  assert(is<Reading>() || is<Writing>());
  if (is<Reading>()) state_ = Writing{};
}

void TransactionState::SetNext(size_t from) {
  assert(is<Writing>());
  state_ = Writing{from, true};
}

void TransactionState::Park() {
  assert(is<Writing>());
  const Writing writing = absl::get<Writing>(state_);
  state_ = Parked{writing.from, writing.has_next, false};
}

void TransactionState::ParkAll() {
  assert(has_savepoint());
  state_ = Parked{0, false, lost()};
}

void TransactionState::GoPrivate(bool differs) {
  assert(is<Parked>());
  const Parked parked = absl::get<Parked>(state_);
  state_ = Private{parked.from, parked.has_next, parked.lost, differs};
}

void TransactionState::LeavePrivate() {
  assert(is<Private>());
  const Private copy = absl::get<Private>(state_);
  state_ = Parked{copy.from, copy.has_next, copy.lost};
}

void TransactionState::Reclaim() {
  assert(is<Parked>());
  const Parked parked = absl::get<Parked>(state_);
  state_ = Writing{parked.from, parked.has_next};
}

void TransactionState::Lose() {
  assert(is<Parked>() || is<Private>());
  if (auto* parked = absl::get_if<Parked>(&state_)) parked->lost = true;
  if (auto* copy = absl::get_if<Private>(&state_)) copy->lost = true;
}

void TransactionState::Abort(const v1::SqlErrorDetail& error) {
  assert(in_block());
  if (!is<Failed>()) state_ = Gone{error};
}

void TransactionState::Fail() {
  if (in_block()) state_ = Failed{};
}

void TransactionState::Heal() {
  assert(is<Failed>());
  state_ = Reading{};
}

void TransactionState::End() {
  state_ = Idle{};
  implicit_ = false;
  snapshot_ = absl::nullopt;
}

}  // namespace dsql
