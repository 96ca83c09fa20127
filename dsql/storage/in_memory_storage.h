// SPDX-License-Identifier: Apache-2.0

// The Storage that FakeDsql uses unless it is given another.

#ifndef DSQL_STORAGE_IN_MEMORY_STORAGE_H_
#define DSQL_STORAGE_IN_MEMORY_STORAGE_H_

#include "dsql/base/language.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/storage/storage.h"
#include "dsql/storage/striped_mutex.h"

namespace dsql {

// Tables in memory, gone with the object. Get() takes the same time however
// many records there are, Scan() as long as its answer is; both run side by
// side on several threads. Thread-safe.
class InMemoryStorage final : public Storage {
 public:
  InMemoryStorage();
  ~InMemoryStorage() override;

  absl::StatusOr<absl::optional<StorageRecord>> Get(
      absl::string_view table, absl::string_view key) override;
  absl::StatusOr<std::vector<StorageRecord>> Scan(
      absl::string_view table, const ScanRange& range) override;
  absl::Status Commit(const WriteBatch& batch) override;

 private:
  class Table;

  // Returns null where nothing was ever put.
  const Table* FindTable(absl::string_view table) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckVersion(const std::string& table, const std::string& key,
                            int64_t expected) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckVersions(const WriteBatch& batch) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Apply(const WriteBatch::Write& write)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  StripedMutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<Table>> tables_
      ABSL_GUARDED_BY(mutex_);
  int64_t last_version_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_IN_MEMORY_STORAGE_H_
