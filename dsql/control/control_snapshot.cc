// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/control_snapshot.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/records.h"

namespace dsql {
namespace {

// Records that are read at a time.
constexpr size_t kScanLimit = 1000;
// How often all is read until nobody has written meanwhile.
constexpr int kAttempts = 20;

using Name = std::pair<std::string, std::string>;  // table and key
using Records = std::map<Name, StorageRecord>;

absl::StatusOr<Records> ReadAll(Storage* storage) {
  Records all;
  for (const char* const table : tables::kAll) {
    ScanRange range;
    range.limit = kScanLimit;
    while (true) {
      DSQL_ASSIGN_OR_RETURN(std::vector<StorageRecord> records,
                            storage->Scan(table, range));
      const bool last = records.size() < range.limit;
      for (StorageRecord& record : records) {
        range.start_after = record.key;
        all.emplace(Name(table, record.key), std::move(record));
      }
      if (last) break;
    }
  }
  return all;
}

// Versions differ with each write.
std::map<Name, int64_t> VersionsOf(const Records& records) {
  std::map<Name, int64_t> versions;
  for (const auto& [name, record] : records) versions[name] = record.version;
  return versions;
}

// Writes that expect what is there now.
absl::StatusOr<WriteBatch> ReplaceAll(const v1::ControlPlaneSnapshot& snapshot,
                                      Storage* storage) {
  DSQL_ASSIGN_OR_RETURN(const Records present, ReadAll(storage));
  std::map<Name, int64_t> versions = VersionsOf(present);
  WriteBatch batch;
  for (const v1::ControlPlaneSnapshot::Record& record : snapshot.records()) {
    const auto found = versions.find(Name(record.table(), record.key()));
    batch.Put(record.table(), record.key(), record.value(),
              found == versions.end() ? WriteBatch::kAbsent : found->second);
    if (found != versions.end()) versions.erase(found);
  }
  for (const auto& [name, version] : versions)
    batch.Delete(name.first, name.second, version);
  return batch;
}

}  // namespace

absl::StatusOr<v1::ControlPlaneSnapshot> TakeControlSnapshot(
    Storage* storage, absl::string_view account_id) {
  DSQL_ASSIGN_OR_RETURN(Records records, ReadAll(storage));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    DSQL_ASSIGN_OR_RETURN(Records again, ReadAll(storage));
    const bool same = VersionsOf(records) == VersionsOf(again);
    records = std::move(again);
    if (!same) continue;
    v1::ControlPlaneSnapshot snapshot;
    snapshot.set_account_id(std::string(account_id));
    for (auto& [name, record] : records) {
      v1::ControlPlaneSnapshot::Record* const added = snapshot.add_records();
      added->set_table(name.first);
      added->set_key(name.second);
      added->set_value(std::move(record.value));
    }
    return snapshot;
  }
  return absl::AbortedError(
      "The control plane changes without a pause, so there is no moment to "
      "take a snapshot of. Take it while no operation is called");
}

absl::Status RestoreControlSnapshot(const v1::ControlPlaneSnapshot& snapshot,
                                    absl::string_view account_id,
                                    Storage* storage) {
  if (snapshot.account_id() != account_id) {
    return absl::FailedPreconditionError(
        absl::StrCat("The snapshot is of account ", snapshot.account_id(),
                     ", and this FakeDsql is of ", account_id,
                     ". Set FakeDsqlOptions::account_id to the former"));
  }
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    DSQL_ASSIGN_OR_RETURN(const WriteBatch batch,
                          ReplaceAll(snapshot, storage));
    status = storage->Commit(batch);
    // Somebody has written meanwhile, a cluster and their number say.
    if (!absl::IsAborted(status)) break;
  }
  return status;
}

}  // namespace dsql
