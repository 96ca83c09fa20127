// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/snapshot_rows.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/libpq.h"
#include "dsql/postgres/result.h"

namespace dsql::postgres {
namespace {

// Rows are kept in memory, so not of a database that is large.
constexpr int64_t kMaxBytes = int64_t{64} << 20;

// 16384 is the first OID that is given to what users make.
constexpr char kTables[] =
    "SELECT oid, oid::regclass::text, pg_table_size(oid) FROM pg_class"
    " WHERE relkind = 'r' AND oid >= 16384 ORDER BY pg_class.oid";

constexpr char kSequences[] =
    "SELECT oid, oid::regclass::text FROM pg_class"
    " WHERE relkind = 'S' AND oid >= 16384 ORDER BY pg_class.oid";

constexpr char kReferences[] =
    "SELECT DISTINCT conrelid, confrelid FROM pg_constraint"
    " WHERE contype = 'f' AND conrelid <> confrelid";

// Where there is any of these, the owner's TRUNCATE and COPY would do something
// else, or not all: partitions and foreign tables; tables of others; rules, row
// security, inheritance, triggers; rows without WAL; what ANALYZE or CREATE
// INDEX know of the rows, which TRUNCATE forgets.
constexpr char kObstacles[] = R"(
SELECT CASE
    WHEN relkind <> 'r' THEN 'is no ordinary table'
    WHEN pg_get_userbyid(relowner) <> $1 THEN 'belongs to another role'
    WHEN relhasrules THEN 'has rules'
    WHEN relrowsecurity THEN 'has row security'
    WHEN relhassubclass THEN 'is inherited from'
    WHEN relpersistence <> 'p' THEN 'is unlogged or temporary'
    WHEN reltuples >= 0 THEN 'has statistics'
    ELSE 'has triggers'
  END, oid::regclass::text
FROM pg_class
WHERE oid >= 16384 AND (
  relkind IN ('p', 'f', 'm')
  OR relkind = 'r' AND (
    pg_get_userbyid(relowner) <> $1 OR relhasrules OR relrowsecurity
    OR relhassubclass OR relpersistence <> 'p' OR reltuples >= 0
    OR EXISTS (SELECT FROM pg_trigger
               WHERE tgrelid = pg_class.oid AND NOT tgisinternal)))
LIMIT 1)";

constexpr char kNextXid[] =
    "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";

constexpr char kCatalogs[] =
    "SELECT oid, oid::regclass::text FROM pg_class"
    " WHERE relkind = 'r' AND oid < 16384";

struct Named {
  uint32_t oid = 0;
  std::string name;
};

// Names come from the server, quoted where they have to be.
absl::StatusOr<Named> ReadNamed(const Result& result, int row) {
  DSQL_ASSIGN_OR_RETURN(const int64_t oid, result.Get<int64_t>(row, 0));
  Named named;
  named.oid = static_cast<uint32_t>(oid);
  DSQL_ASSIGN_OR_RETURN(named.name, result.Get<std::string>(row, 1));
  return named;
}

absl::StatusOr<Baseline> ReadBaseline(Connection* connection) {
  Baseline baseline;
  DSQL_ASSIGN_OR_RETURN(const Result catalogs, connection->Query(kCatalogs));
  std::string sql;
  for (int row = 0; row < catalogs.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const Named catalog, ReadNamed(catalogs, row));
    absl::StrAppend(&sql, sql.empty() ? "" : " UNION ALL ", "SELECT ",
                    catalog.oid, "::oid, count(*) FROM ", catalog.name);
  }
  DSQL_ASSIGN_OR_RETURN(const Result counts, connection->Query(sql));
  for (int row = 0; row < counts.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const int64_t oid, counts.Get<int64_t>(row, 0));
    DSQL_ASSIGN_OR_RETURN(baseline.catalog_rows[static_cast<uint32_t>(oid)],
                          counts.Get<int64_t>(row, 1));
  }
  DSQL_ASSIGN_OR_RETURN(const Result xid, connection->Query(kNextXid));
  DSQL_ASSIGN_OR_RETURN(const int64_t next_xid, xid.Scalar<int64_t>());
  baseline.next_xid = static_cast<uint64_t>(next_xid);
  return baseline;
}

// A table is read as it lies: nothing is planned, so nothing of a user's runs.
absl::StatusOr<std::string> CopyOut(Connection* connection,
                                    const std::string& table) {
  PGconn* const raw = connection->raw();
  const std::string sql =
      absl::StrCat("COPY ", table, " TO STDOUT (FORMAT binary)");
  const std::unique_ptr<PGresult, void (*)(PGresult*)> started(
      PQexec(raw, sql.c_str()), PQclear);
  DSQL_RETURN_IF_ERROR(ErrorOf(started.get()));
  std::string rows;
  char* chunk = nullptr;
  int size;
  while ((size = PQgetCopyData(raw, &chunk, /*async=*/0)) > 0) {
    rows.append(chunk, size);
    PQfreemem(chunk);
  }
  absl::Status status;
  while (PGresult* const ended = PQgetResult(raw)) {
    status.Update(ErrorOf(ended));
    PQclear(ended);
  }
  if (size == -2) status.Update(ErrorOf(raw));
  if (!status.ok()) return status;
  return rows;
}

absl::StatusOr<std::string> FindObstacle(Connection* connection,
                                         const std::string& owner) {
  DSQL_ASSIGN_OR_RETURN(const Result found,
                        connection->Query(kObstacles, {owner}));
  if (found.row_count() == 0) return std::string();
  DSQL_ASSIGN_OR_RETURN(const std::string what, found.Get<std::string>(0, 0));
  DSQL_ASSIGN_OR_RETURN(const std::string table, found.Get<std::string>(0, 1));
  return absl::StrCat(table, " ", what);
}

absl::Status ReadReferences(Connection* connection,
                            std::vector<SnapshotTable>* tables) {
  DSQL_ASSIGN_OR_RETURN(const Result result, connection->Query(kReferences));
  for (int row = 0; row < result.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const int64_t from, result.Get<int64_t>(row, 0));
    DSQL_ASSIGN_OR_RETURN(const int64_t to, result.Get<int64_t>(row, 1));
    for (SnapshotTable& table : *tables) {
      if (table.oid == from) table.references.insert(static_cast<uint32_t>(to));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadTables(Connection* connection, SnapshotRows* rows) {
  DSQL_ASSIGN_OR_RETURN(const Result result, connection->Query(kTables));
  int64_t bytes = 0;
  std::vector<SnapshotTable> tables;
  for (int row = 0; row < result.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const Named named, ReadNamed(result, row));
    DSQL_ASSIGN_OR_RETURN(const int64_t size, result.Get<int64_t>(row, 2));
    SnapshotTable table;
    table.oid = named.oid;
    table.name = named.name;
    tables.push_back(std::move(table));
    bytes += size;
  }
  if (bytes > kMaxBytes) {
    rows->obstacle = "the tables are large";
    return absl::OkStatus();
  }
  DSQL_RETURN_IF_ERROR(ReadReferences(connection, &tables));
  absl::StatusOr<std::vector<SnapshotTable>> sorted =
      SortByReferences(std::move(tables));
  if (!sorted.ok()) {
    rows->obstacle = std::string(sorted.status().message());
    return absl::OkStatus();
  }
  for (SnapshotTable& table : *sorted) {
    DSQL_ASSIGN_OR_RETURN(table.rows, CopyOut(connection, table.name));
  }
  rows->tables = *std::move(sorted);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<SnapshotSequence>> ReadSequences(
    Connection* connection) {
  std::vector<SnapshotSequence> sequences;
  DSQL_ASSIGN_OR_RETURN(const Result names, connection->Query(kSequences));
  std::string sql;
  for (int row = 0; row < names.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const Named named, ReadNamed(names, row));
    absl::StrAppend(&sql, sql.empty() ? "" : " UNION ALL ",
                    "SELECT last_value, is_called FROM ", named.name);
    SnapshotSequence sequence;
    sequence.oid = named.oid;
    sequence.name = named.name;
    sequences.push_back(std::move(sequence));
  }
  if (sequences.empty()) return sequences;
  DSQL_ASSIGN_OR_RETURN(const Result values, connection->Query(sql));
  for (int row = 0; row < values.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(sequences[row].last_value,
                          values.Get<int64_t>(row, 0));
    DSQL_ASSIGN_OR_RETURN(sequences[row].is_called, values.Get<bool>(row, 1));
  }
  return sequences;
}

absl::StatusOr<SnapshotRows> ReadSnapshotRows(Connection* connection,
                                              const std::string& owner) {
  SnapshotRows rows;
  DSQL_ASSIGN_OR_RETURN(rows.sequences, ReadSequences(connection));
  DSQL_ASSIGN_OR_RETURN(rows.obstacle, FindObstacle(connection, owner));
  if (rows.obstacle.empty())
    DSQL_RETURN_IF_ERROR(ReadTables(connection, &rows));
  DSQL_ASSIGN_OR_RETURN(rows.baseline, ReadBaseline(connection));
  return rows;
}

absl::StatusOr<std::vector<SnapshotTable>> SortByReferences(
    std::vector<SnapshotTable> tables) {
  std::vector<SnapshotTable> sorted;
  std::set<uint32_t> done;
  while (!tables.empty()) {
    const auto ready = [&done](const SnapshotTable& table) {
      return std::includes(done.begin(), done.end(), table.references.begin(),
                           table.references.end());
    };
    const auto next = std::find_if(tables.begin(), tables.end(), ready);
    if (next == tables.end()) {
      return absl::FailedPreconditionError("foreign keys go round in a circle");
    }
    done.insert(next->oid);
    sorted.push_back(std::move(*next));
    tables.erase(next);
  }
  return sorted;
}

std::set<uint32_t> WithReferencing(const std::vector<SnapshotTable>& tables,
                                   std::set<uint32_t> changed) {
  // A table comes after those that it references, so once is enough.
  for (const SnapshotTable& table : tables) {
    for (const uint32_t referenced : table.references) {
      if (changed.count(referenced) > 0) changed.insert(table.oid);
    }
  }
  return changed;
}

}  // namespace dsql::postgres
