#include "dsql/storage/in_memory_storage.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace dsql {
namespace {

absl::Status CheckKeysDiffer(const WriteBatch& batch) {
  std::set<std::pair<absl::string_view, absl::string_view>> keys;
  for (const WriteBatch::Write& write : batch.writes()) {
    if (!keys.emplace(write.table, write.key).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("The batch writes key ", absl::CHexEscape(write.key),
                       " of table ", absl::CHexEscape(write.table), " twice"));
    }
  }
  return absl::OkStatus();
}

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

absl::Status InMemoryStorage::CheckVersion(
    const WriteBatch::Write& write) const {
  if (!write.expected_version.has_value()) return absl::OkStatus();
  const Table* table = FindTable(write.table);
  const StorageRecord* record =
      table == nullptr ? nullptr : table->Find(write.key);
  const int64_t version =
      record == nullptr ? WriteBatch::kAbsent : record->version;
  if (version == *write.expected_version) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat("Key ", absl::CHexEscape(write.key), " of table ",
                   absl::CHexEscape(write.table), " has version ", version,
                   ", expected ", *write.expected_version));
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
  absl::Status status = CheckKeysDiffer(batch);
  if (!status.ok()) return status;
  StripedWriterLock lock(&mutex_);
  for (const WriteBatch::Write& write : batch.writes()) {
    status = CheckVersion(write);
    if (!status.ok()) return status;
  }
  for (const WriteBatch::Write& write : batch.writes()) Apply(write);
  return absl::OkStatus();
}

}  // namespace dsql
