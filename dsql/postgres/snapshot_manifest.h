// SPDX-License-Identifier: Apache-2.0

// What a snapshot on the disk says of itself.

#ifndef DSQL_POSTGRES_SNAPSHOT_MANIFEST_H_
#define DSQL_POSTGRES_SNAPSHOT_MANIFEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/tree_copy.h"

namespace dsql::postgres {

// Of what kind a server is: another one cannot have its data.
struct SnapshotKind {
  // PostgreSQL's major version, as PG_VERSION has it.
  std::string postgres_version;
  // The machine's architecture, as uname names it.
  std::string architecture;
  // A fingerprint of TemplateOptions and ServerOptions::settings.
  uint64_t options = 0;
};

struct SnapshotManifest {
  SnapshotKind kind;
  // Of the data directory.
  std::vector<TreeEntry> tree;
};

// Of this machine's.
std::string MachineArchitecture();
uint64_t FingerprintOf(const ServerOptions& options);
// Without settings, which a server may have others of at each start.
uint64_t FingerprintOf(const TemplateOptions& options);

std::string SerializeManifest(const SnapshotManifest& manifest);

// Errors: DataLoss for a text that is cut or no manifest; FailedPrecondition
//   for a newer format.
absl::StatusOr<SnapshotManifest> ParseManifest(absl::string_view text);

// Whether both trees have the same files, of the same sizes. Times are not
// looked at, because archives and CI caches do not keep them.
bool HaveSameFiles(const std::vector<TreeEntry>& a,
                   const std::vector<TreeEntry>& b);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_SNAPSHOT_MANIFEST_H_
