// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/snapshot_manifest.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

TreeEntry File(const std::string& path, int64_t size, int64_t modified_ns = 0) {
  TreeEntry entry;
  entry.path = path;
  entry.size = size;
  entry.modified_ns = modified_ns;
  return entry;
}

SnapshotManifest Example() {
  SnapshotManifest manifest;
  manifest.kind = {"15", "x86_64", 18446744073709551615u};
  TreeEntry base = File("base", 0);
  base.is_directory = true;
  manifest.tree = {base, File("base/a file", 8192)};
  return manifest;
}

TEST(SnapshotManifestTest, IsReadAsItWasWritten) {
  const auto read = ParseManifest(SerializeManifest(Example()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->kind.postgres_version, "15");
  EXPECT_EQ(read->kind.architecture, "x86_64");
  EXPECT_EQ(read->kind.options, 18446744073709551615u);
  EXPECT_TRUE(HaveSameFiles(read->tree, Example().tree));
}

TEST(SnapshotManifestTest, RefusesANewerFormat) {
  const std::string newer =
      absl::StrReplaceAll(SerializeManifest(Example()),
                          {{"fakedsql-snapshot 1\n", "fakedsql-snapshot 2\n"}});
  const absl::Status status = ParseManifest(newer).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "format 2")) << status;
}

TEST(SnapshotManifestTest, RefusesEveryTextThatIsCut) {
  const std::string whole = SerializeManifest(Example());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseManifest(whole.substr(0, size)).ok()) << size;
  }
}

TEST(SnapshotManifestTest, RefusesWhatIsNoManifest) {
  for (const char* text : {"", "\n", "hello 1\n", "fakedsql-snapshot x\n"}) {
    EXPECT_TRUE(absl::IsDataLoss(ParseManifest(text).status())) << text;
  }
}

TEST(SnapshotManifestTest, FilesAreTheSameWhateverTheirTimes) {
  EXPECT_TRUE(HaveSameFiles({File("a", 1, 5)}, {File("a", 1, 6)}));
  EXPECT_FALSE(HaveSameFiles({File("a", 1)}, {File("a", 2)}));
  EXPECT_FALSE(HaveSameFiles({File("a", 1)}, {}));
  EXPECT_FALSE(HaveSameFiles({File("a", 1)}, {File("a", 1), File("b", 0)}));
}

TEST(SnapshotManifestTest, OtherOptionsHaveOtherFingerprints) {
  const ServerOptions same;
  EXPECT_EQ(FingerprintOf(same), FingerprintOf(ServerOptions()));
  ServerOptions other;
  other.template_options.user = "test";
  EXPECT_NE(FingerprintOf(other), FingerprintOf(same));
  other = same;
  other.template_options.bootstrap_sql = "SELECT 1";
  EXPECT_NE(FingerprintOf(other), FingerprintOf(same));
  other = same;
  other.settings["work_mem"] = "1MB";
  EXPECT_NE(FingerprintOf(other), FingerprintOf(same));
}

}  // namespace
}  // namespace dsql::postgres
