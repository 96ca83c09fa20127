// Where the control plane keeps what it knows. Storage is a narrow, versioned
// record store: bytes by (table, key). It knows no rules, so that a user
// implements one in an hour; testing/storage_conformance.h tests each line of
// the contract below.

#ifndef DSQL_STORAGE_STORAGE_H_
#define DSQL_STORAGE_STORAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {

struct StorageRecord {
  std::string key;
  std::string value;
  // Greater than 0, and one that the key never had before after each Put of it,
  // even of the same value and even after a deletion. Otherwise opaque: callers
  // only compare it for equality.
  int64_t version = 0;
};

// At most `limit` keys that start with `prefix` and come strictly after
// `start_after`; an empty `start_after` starts at the first key. `start_after`
// need not be a key, nor start with `prefix`.
struct ScanRange {
  std::string prefix;
  std::string start_after;
  size_t limit = 0;
};

// Writes that happen together or not at all. A write may expect the present
// version of its key, or that there is none.
class WriteBatch {
 public:
  // The version to expect where the key must not exist.
  static constexpr int64_t kAbsent = 0;

  struct Write {
    std::string table;
    std::string key;
    // Absent for a deletion.
    absl::optional<std::string> value;
    // The version that the key must have, kAbsent, or nullopt for any.
    absl::optional<int64_t> expected_version;
  };

  void Put(absl::string_view table, absl::string_view key, std::string value,
           absl::optional<int64_t> expected_version = absl::nullopt) {
    writes_.push_back({std::string(table), std::string(key), std::move(value),
                       expected_version});
  }

  // Deleting a key that is not there is no error, unless a version is expected.
  void Delete(absl::string_view table, absl::string_view key,
              absl::optional<int64_t> expected_version = absl::nullopt) {
    writes_.push_back({std::string(table), std::string(key), absl::nullopt,
                       expected_version});
  }

  const std::vector<Write>& writes() const { return writes_; }

 private:
  std::vector<Write> writes_;
};

// Tables, keys and values are any bytes, NUL and none at all included; values
// of a megabyte are usual sizes. A table exists as soon as something is put
// into it; one that does not exist is empty.
//
// Implementations must
// - be thread-safe;
// - show what a Commit() wrote to every call that starts after it returned;
// - check the expected versions of a batch and apply its writes in one step, so
//   that of several threads that commit the same expectation only one succeeds;
// - show of a batch in one Scan() everything that lies in its range, or
// nothing;
// - compare keys as unsigned bytes: "a" < "a\0" < "a\xff" < "b";
// - keep nothing of a Commit() that failed;
// - not call the control plane, which holds a lock while it calls Storage.
//
// Instantiate testing/storage_conformance.h to test an implementation.
class Storage {
 public:
  virtual ~Storage() = default;

  // Returns the record of `key`, or nullopt where there is none.
  //
  // Errors: any, for a failure of the store.
  virtual absl::StatusOr<absl::optional<StorageRecord>> Get(
      absl::string_view table, absl::string_view key) = 0;

  // Returns the records of `range` in ascending order of their keys: the first
  // `range.limit` of them, fewer only where there are no more.
  //
  // Errors: any, for a failure of the store.
  virtual absl::StatusOr<std::vector<StorageRecord>> Scan(
      absl::string_view table, const ScanRange& range) = 0;

  // Applies all writes of `batch`, or none where it fails. An empty batch
  // succeeds.
  //
  // Errors: Aborted where a key does not have the expected version;
  //   InvalidArgument where the batch writes a key of a table twice, which goes
  //   before Aborted; any other for a failure of the store, which the control
  //   plane answers as InternalServerException.
  virtual absl::Status Commit(const WriteBatch& batch) = 0;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_STORAGE_H_
