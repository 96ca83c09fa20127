#include "testing/fault_injecting_storage.h"

namespace dsql_testing {

using ::dsql::ScanRange;
using ::dsql::StorageRecord;
using ::dsql::WriteBatch;

void FaultInjectingStorage::FailNext(StorageOperation operation,
                                     const absl::Status& status,
                                     int64_t count) {
  absl::MutexLock lock(&mutex_);
  Script& script = ScriptOf(operation);
  for (int64_t i = 1; i <= count; ++i) {
    script.pending[script.calls + i] = status;
  }
}

void FaultInjectingStorage::FailNth(StorageOperation operation, int64_t nth,
                                    const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  Script& script = ScriptOf(operation);
  script.pending[script.calls + nth] = status;
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

absl::Status FaultInjectingStorage::Begin(StorageOperation operation) {
  absl::MutexLock lock(&mutex_);
  Script& script = ScriptOf(operation);
  const auto fault = script.pending.find(++script.calls);
  if (fault == script.pending.end()) return absl::OkStatus();
  const absl::Status status = fault->second;
  script.pending.erase(fault);
  ++script.faults;
  return status;
}

absl::StatusOr<absl::optional<StorageRecord>> FaultInjectingStorage::Get(
    absl::string_view table, absl::string_view key) {
  const absl::Status fault = Begin(StorageOperation::kGet);
  if (!fault.ok()) return fault;
  return storage_->Get(table, key);
}

absl::StatusOr<std::vector<StorageRecord>> FaultInjectingStorage::Scan(
    absl::string_view table, const ScanRange& range) {
  const absl::Status fault = Begin(StorageOperation::kScan);
  if (!fault.ok()) return fault;
  return storage_->Scan(table, range);
}

absl::Status FaultInjectingStorage::Commit(const WriteBatch& batch) {
  const absl::Status fault = Begin(StorageOperation::kCommit);
  if (!fault.ok()) return fault;
  return storage_->Commit(batch);
}

}  // namespace dsql_testing
