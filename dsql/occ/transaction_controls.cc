// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_controls.h"

#include <algorithm>
#include <utility>

#include "dsql/occ/transaction_errors.h"

namespace dsql {
namespace {

bool Matches(const CommitFault& fault, const std::vector<std::string>& tables) {
  if (fault.table.empty()) return !tables.empty();
  return std::find(tables.begin(), tables.end(), fault.table) != tables.end();
}

}  // namespace

TransactionControls::TransactionControls(absl::Status usable)
    : usable_(std::move(usable)) {}

absl::Status TransactionControls::FailCommits(const CommitFault& fault) {
  absl::MutexLock lock(&mutex_);
  if (usable_.ok()) faults_.push_back({fault, std::mt19937(fault.seed)});
  armed_ = true;
  return usable_;
}

void TransactionControls::Clear() {
  absl::MutexLock lock(&mutex_);
  faults_.clear();
  every_ = nullptr;
  once_.clear();
  armed_ = false;
}

absl::Status TransactionControls::SetBeforeCommit(Hook hook) {
  absl::MutexLock lock(&mutex_);
  every_ = std::move(hook);
  armed_ = true;
  return usable_;
}

absl::Status TransactionControls::RunBeforeNextCommit(Hook hook) {
  absl::MutexLock lock(&mutex_);
  once_.push_back(std::move(hook));
  armed_ = true;
  return usable_;
}

absl::optional<v1::SqlErrorDetail> TransactionControls::TakeFault(
    const std::vector<std::string>& tables) {
  if (!armed_) return absl::nullopt;
  absl::MutexLock lock(&mutex_);
  for (auto entry = faults_.begin(); entry != faults_.end(); ++entry) {
    CommitFault& fault = entry->fault;
    if (!Matches(fault, tables)) continue;
    const double chance =
        std::uniform_real_distribution<double>(0, 1)(entry->random);
    if (chance >= fault.probability) continue;
    const bool data = fault.kind == CommitFault::kDataConflict;
    if (--fault.count <= 0) faults_.erase(entry);
    return data ? DataConflict() : SchemaConflict();
  }
  return absl::nullopt;
}

TransactionStats TransactionControls::stats() const {
  absl::MutexLock lock(&mutex_);
  return stats_;
}

void TransactionControls::Count(int64_t TransactionStats::*number) {
  absl::MutexLock lock(&mutex_);
  ++(stats_.*number);
}

TransactionControls::Hook TransactionControls::TakeHook() {
  if (!armed_) return nullptr;
  absl::MutexLock lock(&mutex_);
  if (once_.empty()) return every_;
  Hook hook = std::move(once_.front());
  once_.pop_front();
  return hook;
}

}  // namespace dsql
