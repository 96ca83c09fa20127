// SPDX-License-Identifier: Apache-2.0

// Fuzzes storages with batches, and compares what they say: records in a
// directory with records in memory, whatever is written, expected, scanned and
// opened again.
//
//   bazel run --config=asan //dsql/storage:storage_fuzzer -- $PWD/corpus
//
// Each operation is a few bytes: what to do, and with which key.

#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/storage/directory_storage.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"

namespace dsql {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// TemporaryDirectory is there as long as the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    // In memory, where fsync() costs nothing.
    const std::filesystem::path memory = "/dev/shm";
    std::string path = (std::filesystem::exists(memory)
                            ? memory
                            : std::filesystem::temp_directory_path()) /
                       "dsql-storage-fuzzer.XXXXXX";
    Require(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Bytes gives out what is fuzzed, zeros where there is no more.
class Bytes {
 public:
  explicit Bytes(absl::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  uint8_t Next() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string Key() {
    static const auto* const keys = new std::vector<std::string>{
        "", "a", std::string("a\0", 2), "a\xff", "b", "\xff", "'", "ab"};
    return (*keys)[Next() % keys->size()];
  }
  std::string Table() { return std::string(1 + Next() % 2, 't'); }

 private:
  absl::string_view rest_;
};

// Versions are a storage's own: this knows those that it has seen of a key.
using Versions =
    std::map<std::pair<std::string, std::string>, std::vector<int64_t>>;

// Side is one of the two that are compared.
struct Side {
  Storage* storage = nullptr;
  Versions versions;
  WriteBatch batch;

  // The version that a key had when it was looked at `back` times ago; absent
  // where it was looked at less often.
  int64_t VersionOf(const std::string& table, const std::string& key,
                    size_t back) {
    const auto& seen = versions[{table, key}];
    return back < seen.size() ? seen[seen.size() - 1 - back]
                              : WriteBatch::kAbsent;
  }
};

// Comparison does the same to both sides.
class Comparison {
 public:
  explicit Comparison(absl::string_view bytes) : bytes_(bytes) { Reopen(); }

  void Run() {
    while (!bytes_.empty()) Step();
    Commit();
  }

 private:
  void Step() {
    switch (bytes_.Next() % 8) {
      case 0:
        return Put();
      case 1:
        return Delete();
      case 2:
        return Expect();
      case 3:
        return Commit();
      case 4:
        return Scan();
      case 5:
        return Reopen();
      default:
        return Get();
    }
  }

  void Reopen() {
    directory_storage_.reset();
    auto opened = DirectoryStorage::Open(directory_.path());
    Require(opened.ok());
    directory_storage_ = *std::move(opened);
    on_disk_.storage = directory_storage_.get();
    in_memory_.storage = &memory_storage_;
  }

  template <typename Add>
  void AddToBoth(Add add) {
    const std::string table = bytes_.Table();
    const std::string key = bytes_.Key();
    const size_t back = bytes_.Next() % 4;
    for (Side* side : {&in_memory_, &on_disk_}) {
      add(&side->batch, table, key, side->VersionOf(table, key, back),
          /*any=*/back == 3);
    }
  }

  void Put() {
    const std::string value(bytes_.Next() * 17, static_cast<char>(counter_++));
    AddToBoth([&](WriteBatch* batch, const auto& table, const auto& key,
                  int64_t version, bool any) {
      any ? batch->Put(table, key, value)
          : batch->Put(table, key, value, version);
    });
  }

  void Delete() {
    AddToBoth([](WriteBatch* batch, const auto& table, const auto& key,
                 int64_t version, bool any) {
      any ? batch->Delete(table, key) : batch->Delete(table, key, version);
    });
  }

  void Expect() {
    AddToBoth([](WriteBatch* batch, const auto& table, const auto& key,
                 int64_t version,
                 bool) { batch->Expect(table, key, version); });
  }

  void Commit() {
    const absl::Status expected = in_memory_.storage->Commit(in_memory_.batch);
    const absl::Status status = on_disk_.storage->Commit(on_disk_.batch);
    Require(status.code() == expected.code());
    Require(status.ok() || absl::IsAborted(status) ||
            absl::IsInvalidArgument(status));
    in_memory_.batch = on_disk_.batch = WriteBatch();
  }

  void Get() {
    const std::string table = bytes_.Table();
    const std::string key = bytes_.Key();
    const auto expected = in_memory_.storage->Get(table, key);
    const auto record = on_disk_.storage->Get(table, key);
    Require(expected.ok() && record.ok());
    Require(expected->has_value() == record->has_value());
    if (expected->has_value()) Look(table, **expected, **record);
  }

  void Scan() {
    const std::string table = bytes_.Table();
    ScanRange range;
    range.prefix = bytes_.Key();
    range.start_after = bytes_.Key();
    range.limit = bytes_.Next() % 5;
    const auto expected = in_memory_.storage->Scan(table, range);
    const auto records = on_disk_.storage->Scan(table, range);
    Require(expected.ok() && records.ok());
    Require(expected->size() == records->size());
    for (size_t i = 0; i < records->size(); ++i) {
      Look(table, (*expected)[i], (*records)[i]);
    }
  }

  // Equal but for the version, which is another one after each Put.
  void Look(const std::string& table, const StorageRecord& expected,
            const StorageRecord& record) {
    Require(expected.key == record.key && expected.value == record.value);
    Note(&in_memory_, table, expected);
    Note(&on_disk_, table, record);
    const std::pair<std::string, std::string> key(table, record.key);
    Require(in_memory_.versions[key].size() == on_disk_.versions[key].size());
  }

  static void Note(Side* side, const std::string& table,
                   const StorageRecord& record) {
    Require(record.version > 0);
    auto& seen = side->versions[{table, record.key}];
    if (seen.empty() || seen.back() != record.version) {
      for (const int64_t version : seen) Require(version != record.version);
      seen.push_back(record.version);
    }
  }

  Bytes bytes_;
  TemporaryDirectory directory_;
  InMemoryStorage memory_storage_;
  std::unique_ptr<DirectoryStorage> directory_storage_;
  Side in_memory_;
  Side on_disk_;
  int counter_ = 0;
};

}  // namespace
}  // namespace dsql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dsql::Comparison(absl::string_view(reinterpret_cast<const char*>(data), size))
      .Run();
  return 0;
}
