#include "dsql/storage/in_memory_storage.h"

#include <algorithm>
#include <set>
#include <utility>

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

}  // namespace

constexpr int64_t WriteBatch::kAbsent;

const InMemoryStorage::Value* InMemoryStorage::Find(
    absl::string_view table, absl::string_view key) const {
  const auto found_table = tables_.find(table);
  if (found_table == tables_.end()) return nullptr;
  const auto found = found_table->second.find(key);
  return found == found_table->second.end() ? nullptr : &found->second;
}

absl::StatusOr<absl::optional<StorageRecord>> InMemoryStorage::Get(
    absl::string_view table, absl::string_view key) {
  absl::ReaderMutexLock lock(&mutex_);
  const Value* value = Find(table, key);
  if (value == nullptr) return absl::optional<StorageRecord>();
  return absl::make_optional(
      StorageRecord{std::string(key), value->bytes, value->version});
}

absl::StatusOr<std::vector<StorageRecord>> InMemoryStorage::Scan(
    absl::string_view table, const ScanRange& range) {
  std::vector<StorageRecord> records;
  absl::ReaderMutexLock lock(&mutex_);
  const auto found_table = tables_.find(table);
  if (found_table == tables_.end()) return records;
  const Table& rows = found_table->second;
  auto row = range.start_after < range.prefix
                 ? rows.lower_bound(range.prefix)
                 : rows.upper_bound(range.start_after);
  // An empty key is a key: with nothing to start after, it belongs to the
  // range.
  if (range.prefix.empty() && range.start_after.empty()) row = rows.begin();
  for (; row != rows.end() && records.size() < range.limit &&
         absl::StartsWith(row->first, range.prefix);
       ++row) {
    records.push_back({row->first, row->second.bytes, row->second.version});
  }
  return records;
}

absl::Status InMemoryStorage::CheckBatch(const WriteBatch& batch) const {
  for (const WriteBatch::Write& write : batch.writes()) {
    if (!write.expected_version.has_value()) continue;
    const Value* value = Find(write.table, write.key);
    const int64_t version =
        value == nullptr ? WriteBatch::kAbsent : value->version;
    if (version != *write.expected_version) {
      return absl::AbortedError(
          absl::StrCat("Key ", absl::CHexEscape(write.key), " of table ",
                       absl::CHexEscape(write.table), " has version ", version,
                       ", expected ", *write.expected_version));
    }
  }
  return absl::OkStatus();
}

absl::Status InMemoryStorage::Commit(const WriteBatch& batch) {
  absl::Status status = CheckKeysDiffer(batch);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  status = CheckBatch(batch);
  if (!status.ok()) return status;
  for (const WriteBatch::Write& write : batch.writes()) {
    if (write.value.has_value()) {
      tables_[write.table][write.key] = {*write.value, ++last_version_};
    } else {
      tables_[write.table].erase(write.key);
    }
  }
  return absl::OkStatus();
}

}  // namespace dsql
