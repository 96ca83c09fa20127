// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/fault_injecting_storage.h"

namespace dsql_testing {

using ::dsql::ScanRange;
using ::dsql::StorageRecord;
using ::dsql::WriteBatch;

void FaultInjectingStorage::FailNext(StorageOperation operation,
                                     const absl::Status& status,
                                     int64_t count) {
  Add(operation, {status, /*is_applied=*/false}, count);
}

void FaultInjectingStorage::LoseAnswers(const absl::Status& status,
                                        int64_t count) {
  Add(StorageOperation::kCommit, {status, /*is_applied=*/true}, count);
}

void FaultInjectingStorage::Add(StorageOperation operation, const Fault& fault,
                                int64_t count) {
  absl::MutexLock lock(&mutex_);
  Script& script = ScriptOf(operation);
  for (int64_t i = 1; i <= count; ++i) {
    script.pending[script.calls + i] = fault;
  }
}

void FaultInjectingStorage::FailNth(StorageOperation operation, int64_t nth,
                                    const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  Script& script = ScriptOf(operation);
  script.pending[script.calls + nth] = {status, /*is_applied=*/false};
}

void FaultInjectingStorage::ClearFaults() {
  absl::MutexLock lock(&mutex_);
  for (Script& script : scripts_) script.pending.clear();
}

int64_t FaultInjectingStorage::calls(StorageOperation operation) const {
  absl::MutexLock lock(&mutex_);
  return scripts_[static_cast<size_t>(operation)].calls;
}

int64_t FaultInjectingStorage::faults(StorageOperation operation) const {
  absl::MutexLock lock(&mutex_);
  return scripts_[static_cast<size_t>(operation)].faults;
}

FaultInjectingStorage::Fault FaultInjectingStorage::Begin(
    StorageOperation operation) {
  absl::MutexLock lock(&mutex_);
  Script& script = ScriptOf(operation);
  const auto pending = script.pending.find(++script.calls);
  if (pending == script.pending.end()) return Fault();
  const Fault fault = pending->second;
  script.pending.erase(pending);
  ++script.faults;
  return fault;
}

absl::StatusOr<absl::optional<StorageRecord>> FaultInjectingStorage::Get(
    absl::string_view table, absl::string_view key) {
  const Fault fault = Begin(StorageOperation::kGet);
  if (!fault.status.ok()) return fault.status;
  return storage_->Get(table, key);
}

absl::StatusOr<std::vector<StorageRecord>> FaultInjectingStorage::Scan(
    absl::string_view table, const ScanRange& range) {
  const Fault fault = Begin(StorageOperation::kScan);
  if (!fault.status.ok()) return fault.status;
  return storage_->Scan(table, range);
}

absl::Status FaultInjectingStorage::Commit(const WriteBatch& batch) {
  const Fault fault = Begin(StorageOperation::kCommit);
  if (!fault.status.ok() && !fault.is_applied) return fault.status;
  const absl::Status committed = storage_->Commit(batch);
  return fault.status.ok() ? committed : fault.status;
}

}  // namespace dsql_testing
