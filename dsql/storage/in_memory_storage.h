// The Storage that FakeDsql uses unless it is given another.

#ifndef DSQL_STORAGE_IN_MEMORY_STORAGE_H_
#define DSQL_STORAGE_IN_MEMORY_STORAGE_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/synchronization/mutex.h"
#include "dsql/storage/storage.h"

namespace dsql {

// Ordered maps in memory, gone with the object. Get() and Scan() run side by
// side. Thread-safe.
class InMemoryStorage final : public Storage {
 public:
  absl::StatusOr<absl::optional<StorageRecord>> Get(
      absl::string_view table, absl::string_view key) override;
  absl::StatusOr<std::vector<StorageRecord>> Scan(
      absl::string_view table, const ScanRange& range) override;
  absl::Status Commit(const WriteBatch& batch) override;

 private:
  struct Value {
    std::string bytes;
    int64_t version;
  };
  using Table = absl::btree_map<std::string, Value>;

  absl::Status CheckBatch(const WriteBatch& batch) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  const Value* Find(absl::string_view table, absl::string_view key) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::btree_map<std::string, Table> tables_ ABSL_GUARDED_BY(mutex_);
  int64_t last_version_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_IN_MEMORY_STORAGE_H_
