// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/snapshot_rows.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

SnapshotTable Table(uint32_t oid, std::set<uint32_t> references = {}) {
  SnapshotTable table;
  table.oid = oid;
  table.references = std::move(references);
  return table;
}

std::vector<uint32_t> Oids(const std::vector<SnapshotTable>& tables) {
  std::vector<uint32_t> oids;
  for (const SnapshotTable& table : tables) oids.push_back(table.oid);
  return oids;
}

TEST(SortByReferencesTest, PutsTablesAfterThoseThatTheyReference) {
  const auto sorted =
      SortByReferences({Table(1, {2, 3}), Table(2, {3}), Table(3), Table(4)});
  ASSERT_TRUE(sorted.ok()) << sorted.status();
  EXPECT_EQ(Oids(*sorted), (std::vector<uint32_t>{3, 2, 1, 4}));
}

TEST(SortByReferencesTest, RefusesACircle) {
  EXPECT_TRUE(absl::IsFailedPrecondition(
      SortByReferences({Table(1, {2}), Table(2, {1}), Table(3)}).status()));
}

TEST(WithReferencingTest, AddsAllThatLeadThere) {
  const std::vector<SnapshotTable> sorted = {Table(3), Table(2, {3}),
                                             Table(1, {2}), Table(4)};
  EXPECT_EQ(WithReferencing(sorted, {3}), (std::set<uint32_t>{1, 2, 3}));
  EXPECT_EQ(WithReferencing(sorted, {4}), (std::set<uint32_t>{4}));
  EXPECT_EQ(WithReferencing(sorted, {}), (std::set<uint32_t>{}));
}

}  // namespace
}  // namespace dsql::postgres
