// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/snapshot_reset.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"

namespace dsql::postgres {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);

// They outlive the sessions whose temporary tables were in them.
constexpr char kDropTemporarySchemas[] = R"(DO $$
DECLARE
  item record;
BEGIN
  FOR item IN SELECT nspname FROM pg_namespace
              WHERE nspname ~ '^pg_(toast_)?temp_' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', item.nspname);
  END LOOP;
END $$)";

constexpr char kChanges[] =
    "SELECT oid, pg_stat_get_tuples_inserted(oid)"
    " + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid)"
    " FROM pg_class WHERE relkind = 'r' AND oid >= 16384";

}  // namespace

SnapshotReset::SnapshotReset(const PostgresServer* server,
                             bool user_is_superuser,
                             std::shared_ptr<const SnapshotRows> rows)
    : DatabaseReset(server, user_is_superuser), rows_(std::move(rows)) {
  baseline_ = rows_->baseline;
  next_xid_ = baseline_.next_xid;
}

// nextval() takes a transaction id only now and then.
absl::StatusOr<bool> SnapshotReset::IsUntouched() {
  if (rows_->sequences.empty()) return true;
  DSQL_ASSIGN_OR_RETURN(const std::vector<SnapshotSequence> now,
                        ReadSequences(&connection()));
  return now == rows_->sequences;
}

absl::Status SnapshotReset::Clean() {
  return connection().Execute(kDropTemporarySchemas).status();
}

absl::Status SnapshotReset::RestoreRows() {
  if (!trust_statistics()) {
    return absl::FailedPreconditionError(
        "It is not known which rows were changed");
  }
  DSQL_ASSIGN_OR_RETURN(const std::set<uint32_t> changed, ChangedTables());
  if (!changed.empty()) {
    if (!rows_->obstacle.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("Rows cannot be put back: ", rows_->obstacle));
    }
    DSQL_RETURN_IF_ERROR(Refill(WithReferencing(rows_->tables, changed)));
  }
  return RestoreSequences();
}

// What RestoreRows() did is no change.
absl::Status SnapshotReset::Settle() {
  baseline_.next_xid = next_xid_;
  DSQL_ASSIGN_OR_RETURN(changes_, CountChanges());
  return absl::OkStatus();
}

absl::StatusOr<std::map<uint32_t, int64_t>> SnapshotReset::CountChanges() {
  DSQL_ASSIGN_OR_RETURN(const Result result, connection().Query(kChanges));
  std::map<uint32_t, int64_t> changes;
  for (int row = 0; row < result.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const int64_t oid, result.Get<int64_t>(row, 0));
    DSQL_ASSIGN_OR_RETURN(changes[static_cast<uint32_t>(oid)],
                          result.Get<int64_t>(row, 1));
  }
  return changes;
}

absl::StatusOr<std::set<uint32_t>> SnapshotReset::ChangedTables() {
  DSQL_ASSIGN_OR_RETURN(const auto now, CountChanges());
  std::set<uint32_t> changed;
  for (const auto& [oid, changes] : now) {
    const auto before = changes_.find(oid);
    if (changes != (before == changes_.end() ? 0 : before->second))
      changed.insert(oid);
  }
  return changed;
}

absl::Status SnapshotReset::Refill(const std::set<uint32_t>& oids) {
  DSQL_ASSIGN_OR_RETURN(Connection owner,
                        Connection::Open(server().connection().ToConninfo(),
                                         absl::Now() + kTimeout));
  owner.set_statement_timeout(kTimeout);
  std::string truncate;
  for (const SnapshotTable& table : rows_->tables) {
    if (oids.count(table.oid) == 0) continue;
    absl::StrAppend(&truncate, truncate.empty() ? "TRUNCATE " : ", ",
                    table.name);
  }
  DSQL_RETURN_IF_ERROR(
      owner.Execute(absl::StrCat("BEGIN; ", truncate)).status());
  for (const SnapshotTable& table : rows_->tables) {
    if (oids.count(table.oid) == 0) continue;
    DSQL_RETURN_IF_ERROR(
        owner
            .CopyFrom(absl::StrCat("COPY ", table.name,
                                   " FROM STDIN (FORMAT binary)"),
                      table.rows)
            .status());
  }
  return owner.Execute("COMMIT").status();
}

absl::Status SnapshotReset::RestoreSequences() {
  DSQL_ASSIGN_OR_RETURN(const std::vector<SnapshotSequence> now,
                        ReadSequences(&connection()));
  if (now == rows_->sequences) return absl::OkStatus();
  for (const SnapshotSequence& sequence : rows_->sequences) {
    DSQL_RETURN_IF_ERROR(
        connection()
            .Query("SELECT setval($1::oid::regclass, $2, $3)",
                   {sequence.oid, sequence.last_value, sequence.is_called})
            .status());
  }
  return absl::OkStatus();
}

}  // namespace dsql::postgres
