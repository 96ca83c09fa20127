// SPDX-License-Identifier: Apache-2.0

// Where the control plane keeps what it knows. Storage is a narrow, versioned
// record store: bytes by (table, key). It knows no rules, so that a user
// implements one in an hour; dsql/testing/storage_conformance.h tests each line
// of the contract below.

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
#include "absl/time/time.h"
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

// Writes that happen together or not at all, and only where what the batch
// expects holds. A write may expect the present version of its key, or that
// there is none; so may Expect(), of a key that is not written.
class WriteBatch {
 public:
  // The version to expect where the key must not exist.
  static constexpr int64_t kAbsent = 0;

  struct Expectation {
    std::string table;
    std::string key;
    // The version that the key must have, or kAbsent.
    int64_t version;
  };

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

  // Writes nothing, but has the commit fail unless `key` has this version at
  // the moment of the writes. It takes the key's part in a decision: of two
  // batches that each write what the other one expects only one commits. Two
  // that expect the same and write other keys both do.
  void Expect(absl::string_view table, absl::string_view key, int64_t version) {
    expectations_.push_back({std::string(table), std::string(key), version});
  }

  const std::vector<Write>& writes() const { return writes_; }
  const std::vector<Expectation>& expectations() const { return expectations_; }
  bool empty() const { return writes_.empty() && expectations_.empty(); }

 private:
  std::vector<Write> writes_;
  std::vector<Expectation> expectations_;
};

// For implementations: that no two writes or expectations of `batch` are of the
// same key of the same table. Errors: InvalidArgument.
absl::Status CheckKeysDiffer(const WriteBatch& batch);

// For implementations: the Aborted of a key whose version is not the expected
// one; 0 stands for no record.
absl::Status WrongVersion(absl::string_view table, absl::string_view key,
                          int64_t version, int64_t expected);

// Tables, keys and values are any bytes, NUL and none at all included; values
// of a megabyte are usual sizes, and batches of a thousand writes. A table
// exists as soon as something is put into it; one that does not exist is empty.
//
// Implementations must
// - be thread-safe;
// - show what a Commit() wrote to every call that starts after it returned;
// - check what a batch expects and apply its writes in one step, so that of
//   several threads that commit the same expectation of a key that they write
//   only one succeeds, and that what Expect() names is still so when the writes
//   are there;
// - show of a batch in one Scan() everything in its range, or nothing;
// - compare keys as unsigned bytes: "a" < "a\0" < "a\xff" < "b";
// - keep nothing of a Commit() that failed, with one exception that must be
//   documented: a store at the other end of a connection that broke during the
//   commit cannot know. That is Unavailable, and its text says so;
// - where records outlive the object: keep what a Commit() wrote before it
//   returns OK, and go on with versions that no key has had before;
// - where several objects, of several processes say, are open on the same
//   records: do all of this among them;
// - not call the control plane.
//
// Calls may block, on a disk or on the network: no lock of the control plane is
// held meanwhile. Implementations bound what they wait for.
//
// Instantiate dsql/testing/storage_conformance.h to test an implementation.
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
  // Errors: Aborted where a key does not have the expected version, or where
  //   the store cannot tell because others wrote at the same time (what an SQL
  //   store says as 40001): the caller, not the store, reads again and decides
  //   again. The control plane does so with pauses, for seconds
  //   (control/mutation.h), so a store need not repeat a batch, though it may.
  //   InvalidArgument where the batch names a key of a table twice, which goes
  //   before Aborted; any other for a failure of the store, which the control
  //   plane answers as InternalServerException.
  virtual absl::Status Commit(const WriteBatch& batch) = 0;

  // How often a FakeDsql that has endpoints open looks whether another process
  // has deleted their clusters. Infinite, and then nobody looks, where no other
  // process writes: so it is unless an implementation says otherwise. Always
  // the same for an object, and positive.
  virtual absl::Duration watch_interval() const {
    return absl::InfiniteDuration();
  }
};

}  // namespace dsql

#endif  // DSQL_STORAGE_STORAGE_H_
