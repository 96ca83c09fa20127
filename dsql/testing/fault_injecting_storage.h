// SPDX-License-Identifier: Apache-2.0

// A Storage that fails on request.

#ifndef DSQL_TESTING_FAULT_INJECTING_STORAGE_H_
#define DSQL_TESTING_FAULT_INJECTING_STORAGE_H_

#include "dsql/base/language.h"

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/storage/storage.h"

namespace dsql_testing {

enum class StorageOperation { kGet, kScan, kCommit };

// Passes calls on to another storage, save those that it was told to fail:
// these do nothing there, unless only their answer is lost. Without faults it
// behaves as what it wraps.
//
//   FaultInjectingStorage storage(&memory);
//   storage.FailNext(StorageOperation::kCommit,
//                    absl::UnavailableError("disk full"));
//
// Thread-safe, where the wrapped storage is.
class FaultInjectingStorage : public dsql::Storage {
 public:
  // `storage` is not owned and must outlive this object.
  explicit FaultInjectingStorage(dsql::Storage* storage) : storage_(storage) {}

  // Fails the next `count` calls of `operation` with `status`.
  //
  // Requires: `status` is not OK.
  void FailNext(StorageOperation operation, const absl::Status& status,
                int64_t count = 1);

  // Fails the call of `operation` that is the `nth` from now on; 1 is the next
  // one. Where a call was to fail already, the last request holds.
  //
  // Requires: `status` is not OK, `nth` is at least 1.
  void FailNth(StorageOperation operation, int64_t nth,
               const absl::Status& status);

  // The next `count` commits are applied and answer `status` all the same, as
  // where the connection to a store breaks in the middle of one.
  //
  // Requires: `status` is not OK.
  void LoseAnswers(const absl::Status& status, int64_t count = 1);

  // Forgets the faults that have not happened yet.
  void ClearFaults();

  // The calls of `operation` so far, those that failed included.
  int64_t calls(StorageOperation operation) const;

  // The faults so far.
  int64_t faults(StorageOperation operation) const;

  absl::StatusOr<absl::optional<dsql::StorageRecord>> Get(
      absl::string_view table, absl::string_view key) override;
  absl::StatusOr<std::vector<dsql::StorageRecord>> Scan(
      absl::string_view table, const dsql::ScanRange& range) override;
  absl::Status Commit(const dsql::WriteBatch& batch) override;
  absl::Duration watch_interval() const override {
    return storage_->watch_interval();
  }

 private:
  struct Fault {
    absl::Status status;
    // Only the answer is lost.
    bool is_applied = false;
  };

  struct Script {
    int64_t calls = 0;
    int64_t faults = 0;
    // By the number of the call, 1 for the first.
    std::map<int64_t, Fault> pending;
  };

  void Add(StorageOperation operation, const Fault& fault, int64_t count);
  // Counts a call; its status is not OK where it is to fail.
  Fault Begin(StorageOperation operation);
  Script& ScriptOf(StorageOperation operation)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return scripts_[static_cast<size_t>(operation)];
  }

  dsql::Storage* const storage_;
  mutable absl::Mutex mutex_;
  std::array<Script, 3> scripts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql_testing

#endif  // DSQL_TESTING_FAULT_INJECTING_STORAGE_H_
