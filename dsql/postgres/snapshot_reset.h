// SPDX-License-Identifier: Apache-2.0

// Makes the database of a used server what it was in its snapshot, or says that
// it cannot.

#ifndef DSQL_POSTGRES_SNAPSHOT_RESET_H_
#define DSQL_POSTGRES_SNAPSHOT_RESET_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/database_reset.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/snapshot_rows.h"

namespace dsql::postgres {

// DatabaseReset's proof, with the snapshot in the place of the template: where
// a client has changed the catalogs the server is of no use any more. Where it
// has changed rows only, the tables that the statistics call changed are
// truncated, and filled again by their owner.
class SnapshotReset final : public DatabaseReset {
 public:
  // `server` has just started from the snapshot, whose rows are `rows`.
  SnapshotReset(const PostgresServer* server, bool user_is_superuser,
                std::shared_ptr<const SnapshotRows> rows);

 protected:
  absl::StatusOr<bool> IsUntouched() override;
  absl::Status Clean() override;
  absl::Status RestoreRows() override;
  absl::Status Settle() override;

 private:
  absl::StatusOr<std::set<uint32_t>> ChangedTables();
  absl::Status Refill(const std::set<uint32_t>& oids);
  absl::Status RestoreSequences();
  absl::StatusOr<std::map<uint32_t, int64_t>> CountChanges();

  const std::shared_ptr<const SnapshotRows> rows_;
  // Rows of each table that were ever written or deleted; of one that is not
  // here, none.
  std::map<uint32_t, int64_t> changes_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_SNAPSHOT_RESET_H_
