// SPDX-License-Identifier: Apache-2.0

// What a server has in it that started from a snapshot, so that another use of
// it can be undone.

#ifndef DSQL_POSTGRES_SNAPSHOT_ROWS_H_
#define DSQL_POSTGRES_SNAPSHOT_ROWS_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/template_cache.h"

namespace dsql::postgres {

struct SnapshotTable {
  uint32_t oid = 0;
  // Quoted, with its schema.
  std::string name;
  // All rows, as COPY ... (FORMAT binary) writes them.
  std::string rows;
  // The tables that its foreign keys name, itself apart.
  std::set<uint32_t> references;
};

struct SnapshotSequence {
  uint32_t oid = 0;
  std::string name;
  int64_t last_value = 0;
  bool is_called = false;

  friend bool operator==(const SnapshotSequence& a, const SnapshotSequence& b) {
    return a.oid == b.oid && a.last_value == b.last_value &&
           a.is_called == b.is_called;
  }
};

// A value. All servers of a snapshot are copies, down to the OIDs, so it is
// read from the first one.
struct SnapshotRows {
  Baseline baseline;
  // By their OIDs.
  std::vector<SnapshotSequence> sequences;
  // Why rows cannot be put back by their owner, or empty. Then `tables` has all
  // of them, each after those that it references.
  std::string obstacle;
  std::vector<SnapshotTable> tables;
};

// `owner` is the role that puts rows back, so that expressions of tables are
// never evaluated by the superuser, who owns `connection`.
absl::StatusOr<SnapshotRows> ReadSnapshotRows(Connection* connection,
                                              const std::string& owner);

absl::StatusOr<std::vector<SnapshotSequence>> ReadSequences(
    Connection* connection);

// Puts each table after those that it references.
//
// Errors: FailedPrecondition where they go round in a circle.
absl::StatusOr<std::vector<SnapshotTable>> SortByReferences(
    std::vector<SnapshotTable> tables);

// `changed`, and all tables whose foreign keys lead there: those that TRUNCATE
// has to name.
std::set<uint32_t> WithReferencing(const std::vector<SnapshotTable>& tables,
                                   std::set<uint32_t> changed);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_SNAPSHOT_ROWS_H_
