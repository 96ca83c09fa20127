// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/snapshot_manifest.h"

#include <sys/utsname.h>

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/fingerprint.h"

namespace dsql::postgres {
namespace {

// Raise it whenever an older version could not read what this one writes.
constexpr int kFormat = 1;

constexpr absl::string_view kHeader = "fakedsql-snapshot";
constexpr absl::string_view kTreeMark = "\ntree\n";
constexpr absl::string_view kEndMark = "end\n";

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("The snapshot's MANIFEST ", what,
                                          ". Save the snapshot again"));
}

// The kind is lines of "name value".
absl::StatusOr<SnapshotKind> ParseKind(absl::string_view lines) {
  std::map<absl::string_view, absl::string_view> values;
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    values.insert(pair);
  }
  SnapshotKind kind;
  kind.postgres_version = std::string(values["postgres"]);
  kind.architecture = std::string(values["architecture"]);
  if (kind.postgres_version.empty() || kind.architecture.empty() ||
      !absl::SimpleAtoi(values["options"], &kind.options)) {
    return Damaged("lacks what a snapshot says of itself");
  }
  return kind;
}

std::string TextOf(const TemplateOptions& options) {
  return absl::StrCat(options.user, "\n", options.database, "\n",
                      options.user_is_superuser ? "super" : "plain", "\n",
                      options.bootstrap_sql);
}

}  // namespace

std::string MachineArchitecture() {
  utsname names;
  return uname(&names) == 0 ? names.machine : "unknown";
}

uint64_t FingerprintOf(const TemplateOptions& options) {
  return Fingerprint(TextOf(options));
}

uint64_t FingerprintOf(const ServerOptions& options) {
  std::string text = TextOf(options.template_options);
  for (const auto& [name, value] : options.settings)
    absl::StrAppend(&text, "\n", name, "=", value);
  return Fingerprint(text);
}

std::string SerializeManifest(const SnapshotManifest& manifest) {
  return absl::StrCat(
      kHeader, " ", kFormat, "\npostgres ", manifest.kind.postgres_version,
      "\narchitecture ", manifest.kind.architecture, "\noptions ",
      manifest.kind.options, kTreeMark, SerializeTree(manifest.tree), kEndMark);
}

absl::StatusOr<SnapshotManifest> ParseManifest(absl::string_view text) {
  const std::vector<absl::string_view> header =
      absl::StrSplit(text.substr(0, text.find('\n')), ' ');
  int format = 0;
  if (header.size() != 2 || header[0] != kHeader ||
      !absl::SimpleAtoi(header[1], &format)) {
    return Damaged("is none of FakeDsql's");
  }
  if (format != kFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("The snapshot has format ", format,
                     ", and this version of FakeDsql "
                     "reads format ",
                     kFormat,
                     ". Use the version that saved it, or save "
                     "the snapshot again with this one"));
  }
  const size_t mark = text.find(kTreeMark);
  if (mark == absl::string_view::npos || !absl::EndsWith(text, kEndMark))
    return Damaged("is cut");
  SnapshotManifest manifest;
  DSQL_ASSIGN_OR_RETURN(manifest.kind, ParseKind(text.substr(0, mark)));
  absl::string_view tree = text.substr(mark + kTreeMark.size());
  tree.remove_suffix(kEndMark.size());
  DSQL_ASSIGN_OR_RETURN(manifest.tree, ParseTree(tree));
  return manifest;
}

bool HaveSameFiles(const std::vector<TreeEntry>& a,
                   const std::vector<TreeEntry>& b) {
  // A directory's size is -1, so that it is no empty file.
  std::map<std::string, int64_t> files[2];
  for (const TreeEntry& entry : a)
    files[0][entry.path] = entry.is_directory ? -1 : entry.size;
  for (const TreeEntry& entry : b)
    files[1][entry.path] = entry.is_directory ? -1 : entry.size;
  return files[0] == files[1];
}

}  // namespace dsql::postgres
