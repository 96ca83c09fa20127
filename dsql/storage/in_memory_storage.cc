// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/in_memory_storage.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

using RecordPointer = std::unique_ptr<StorageRecord>;

// Records are found by their own keys, which are so kept once.
struct KeyOf {
  absl::string_view operator()(absl::string_view key) const { return key; }
  absl::string_view operator()(const RecordPointer& record) const {
    return record->key;
  }
};

struct KeyHash {
  using is_transparent = void;
  template <typename T>
  size_t operator()(const T& value) const {
    return absl::Hash<absl::string_view>()(KeyOf()(value));
  }
};

struct KeyEqual {
  using is_transparent = void;
  template <typename T, typename U>
  bool operator()(const T& a, const U& b) const {
    return KeyOf()(a) == KeyOf()(b);
  }
};

}  // namespace

// A hash set for Get() and an ordered index of the same records for Scan().
class InMemoryStorage::Table {
 public:
  const StorageRecord* Find(absl::string_view key) const {
    const auto found = records_.find(key);
    return found == records_.end() ? nullptr : found->get();
  }

  std::vector<StorageRecord> Scan(const ScanRange& range) const {
    std::vector<StorageRecord> records;
    for (auto row = Start(range);
         row != index_.end() && records.size() < range.limit &&
         absl::StartsWith(row->first, range.prefix);
         ++row) {
      records.push_back(*row->second);
    }
    return records;
  }

  void Put(const std::string& key, const std::string& value, int64_t version) {
    const auto found = records_.find(key);
    if (found != records_.end()) {
      (*found)->value = value;
      (*found)->version = version;
      return;
    }
    auto record = std::make_unique<StorageRecord>();
    *record = {key, value, version};
    index_[record->key] = record.get();
    records_.insert(std::move(record));
  }

  void Delete(const std::string& key) {
    index_.erase(key);
    records_.erase(key);
  }

 private:
  using Index = absl::btree_map<absl::string_view, const StorageRecord*>;

  Index::const_iterator Start(const ScanRange& range) const {
    // The prefix itself is part of the range unless the range starts after it.
    return range.start_after.empty() || range.start_after < range.prefix
               ? index_.lower_bound(range.prefix)
               : index_.upper_bound(range.start_after);
  }

  absl::flat_hash_set<RecordPointer, KeyHash, KeyEqual> records_;
  // Views into, and pointers to, the records of records_.
  Index index_;
};

InMemoryStorage::InMemoryStorage() = default;
InMemoryStorage::~InMemoryStorage() = default;

const InMemoryStorage::Table* InMemoryStorage::FindTable(
    absl::string_view table) const {
  const auto found = tables_.find(table);
  return found == tables_.end() ? nullptr : found->second.get();
}

absl::StatusOr<absl::optional<StorageRecord>> InMemoryStorage::Get(
    absl::string_view table, absl::string_view key) {
  absl::optional<StorageRecord> result;
  StripedReaderLock lock(&mutex_);
  const Table* found = FindTable(table);
  if (found == nullptr) return result;
  if (const StorageRecord* record = found->Find(key)) result = *record;
  return result;
}

absl::StatusOr<std::vector<StorageRecord>> InMemoryStorage::Scan(
    absl::string_view table, const ScanRange& range) {
  StripedReaderLock lock(&mutex_);
  const Table* found = FindTable(table);
  if (found == nullptr) return std::vector<StorageRecord>();
  return found->Scan(range);
}

absl::Status InMemoryStorage::CheckVersion(const std::string& table,
                                           const std::string& key,
                                           int64_t expected) const {
  const Table* records = FindTable(table);
  const StorageRecord* record =
      records == nullptr ? nullptr : records->Find(key);
  const int64_t version =
      record == nullptr ? WriteBatch::kAbsent : record->version;
  if (version == expected) return absl::OkStatus();
  return WrongVersion(table, key, version, expected);
}

absl::Status InMemoryStorage::CheckVersions(const WriteBatch& batch) const {
  for (const WriteBatch::Write& write : batch.writes()) {
    if (!write.expected_version.has_value()) continue;
    DSQL_RETURN_IF_ERROR(
        CheckVersion(write.table, write.key, *write.expected_version));
  }
  for (const WriteBatch::Expectation& expected : batch.expectations()) {
    DSQL_RETURN_IF_ERROR(
        CheckVersion(expected.table, expected.key, expected.version));
  }
  return absl::OkStatus();
}

void InMemoryStorage::Apply(const WriteBatch::Write& write) {
  std::unique_ptr<Table>& table = tables_[write.table];
  if (table == nullptr) table = std::make_unique<Table>();
  if (write.value.has_value()) {
    table->Put(write.key, *write.value, ++last_version_);
  } else {
    table->Delete(write.key);
  }
}

absl::Status InMemoryStorage::Commit(const WriteBatch& batch) {
  DSQL_RETURN_IF_ERROR(CheckKeysDiffer(batch));
  StripedWriterLock lock(&mutex_);
  DSQL_RETURN_IF_ERROR(CheckVersions(batch));
  for (const WriteBatch::Write& write : batch.writes()) Apply(write);
  return absl::OkStatus();
}

}  // namespace dsql
