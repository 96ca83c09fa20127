// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/database_reset.h"

#include <poll.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/libpq.h"

namespace dsql::postgres {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr absl::Duration kEndSessionsTimeout = absl::Seconds(2);
constexpr absl::Duration kPollInterval = absl::Microseconds(200);
constexpr int kStatisticsInSharedMemory = 15;
// Rows that were deleted leave space behind in the catalogs, because nothing
// vacuums them. Fresh ones have 4 MB.
constexpr int64_t kMaxCatalogBytes = int64_t{24} << 20;

// The database user sees neither autovacuum nor other helpers here.
constexpr char kEndSessions[] =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid()"
    " AND backend_type IN ('client backend', 'walsender')";

bool IsReadable(int fd) {
  pollfd poll_fd = {fd, POLLIN, 0};
  return poll(&poll_fd, 1, 0) != 0;
}

constexpr char kOutsideCatalogs[] =
    "SELECT pg_snapshot_xmax(pg_current_snapshot()),"
    " (SELECT count(*) FROM pg_prepared_xacts),"
    " (SELECT count(*) FROM pg_replication_slots)";

// 16384 is the first OID that is given to what users make.
constexpr char kCatalogs[] =
    "SELECT oid, oid::regclass::text, pg_stat_get_tuples_inserted(oid)"
    " + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid)"
    " FROM pg_class WHERE relkind = 'r' AND oid < 16384";

// Drops all that roles of the client own; schemas of temporary tables, which
// outlive their sessions; and settings of roles and databases. First of all
// TemplateOptions::bootstrap_sql deletes what it has of them.
constexpr char kClean[] = R"(DO $$
DECLARE
  client name := (SELECT rolname FROM pg_database JOIN pg_roles r
                  ON datdba = r.oid WHERE datname = current_database());
  item record;
BEGIN
  -- Not one that a client has made, who may choose its name.
  IF to_regprocedure('dsql_internal.reset()')::oid < 16384 THEN
    PERFORM dsql_internal.reset();
  END IF;
  FOR item IN SELECT nspname FROM pg_namespace
              WHERE nspname ~ '^pg_(toast_)?temp_' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', item.nspname);
  END LOOP;
  EXECUTE format('DROP OWNED BY %I CASCADE', client);
  FOR item IN SELECT rolname FROM pg_roles
              WHERE oid >= 16384 AND rolname <> client LOOP
    EXECUTE format('DROP OWNED BY %I CASCADE', item.rolname);
  END LOOP;
  FOR item IN SELECT rolname FROM pg_roles
              WHERE oid >= 16384 AND rolname <> client LOOP
    EXECUTE format('DROP ROLE %I', item.rolname);
  END LOOP;
  DELETE FROM pg_db_role_setting;
END $$)";

absl::Status NotPristine(const std::string& what) {
  return absl::FailedPreconditionError(
      absl::StrCat("The database cannot be made pristine: ", what));
}

// Names of catalogs come from the server, quoted where they have to be.
std::string VerifySql(absl::string_view name, uint32_t oid, uint32_t xid) {
  return absl::StrCat("SELECT ", oid, "::oid, count(*),",
                      " coalesce(bool_or(age(xmin) <= age('", xid,
                      "'::xid)), false), pg_relation_size(", oid, ") FROM ",
                      name);
}

}  // namespace

DatabaseReset::DatabaseReset(const PostgresServer* server,
                             bool user_is_superuser)
    : baseline_(server->baseline()),
      next_xid_(baseline_.next_xid),
      server_(server),
      trust_statistics_(!user_is_superuser &&
                        server->binaries().major_version >=
                            kStatisticsInSharedMemory),
      auto_conf_state_(AutoConfState()) {}

absl::Status DatabaseReset::Run() {
  DSQL_RETURN_IF_ERROR(server_->Health());
  DSQL_RETURN_IF_ERROR(EndSessions());
  DSQL_ASSIGN_OR_RETURN(uint64_t xid, CheckOutsideCatalogs());
  if (xid == next_xid_) {
    DSQL_ASSIGN_OR_RETURN(const bool untouched, IsUntouched());
    if (untouched) return absl::OkStatus();
  }
  DSQL_ASSIGN_OR_RETURN(std::vector<Catalog> changed, ChangedCatalogs());
  DSQL_RETURN_IF_ERROR(Clean());
  DSQL_RETURN_IF_ERROR(Verify(changed));
  DSQL_RETURN_IF_ERROR(RestoreRows());
  // A client whose connection was still being made at the first look.
  DSQL_RETURN_IF_ERROR(EndSessions());
  DSQL_ASSIGN_OR_RETURN(next_xid_, CheckOutsideCatalogs());
  return Settle();
}

absl::Status DatabaseReset::Clean() {
  return connection_->Execute(kClean).status();
}

absl::Status DatabaseReset::Checkpoint() {
  DSQL_RETURN_IF_ERROR(Connect());
  return connection_->Execute("CHECKPOINT").status();
}

absl::Status DatabaseReset::Connect() {
  // One that has something to say where nobody has asked was ended meanwhile.
  if (connection_.has_value() && !IsReadable(PQsocket(connection_->raw())))
    return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(
      connection_, Connection::Open(server_->internal_connection().ToConninfo(),
                                    absl::Now() + kTimeout));
  connection_->set_statement_timeout(kTimeout);
  return absl::OkStatus();
}

absl::Status DatabaseReset::EndSessions() {
  DSQL_RETURN_IF_ERROR(Connect());
  const absl::Time deadline = absl::Now() + kEndSessionsTimeout;
  while (true) {
    DSQL_ASSIGN_OR_RETURN(Result result, connection_->Query(kEndSessions));
    DSQL_ASSIGN_OR_RETURN(int64_t sessions, result.Scalar<int64_t>());
    if (sessions == 0) return absl::OkStatus();
    if (absl::Now() > deadline) {
      return NotPristine(absl::StrCat(sessions, " sessions do not end"));
    }
    absl::SleepFor(kPollInterval);
  }
}

absl::StatusOr<uint64_t> DatabaseReset::CheckOutsideCatalogs() {
  DSQL_ASSIGN_OR_RETURN(Result result, connection_->Query(kOutsideCatalogs));
  DSQL_ASSIGN_OR_RETURN(int64_t xid, result.Get<int64_t>(0, 0));
  DSQL_ASSIGN_OR_RETURN(int64_t prepared, result.Get<int64_t>(0, 1));
  DSQL_ASSIGN_OR_RETURN(int64_t slots, result.Get<int64_t>(0, 2));
  if (prepared != 0) return NotPristine("there are prepared transactions");
  if (slots != 0) return NotPristine("there are replication slots");
  if (AutoConfState() != auto_conf_state_) {
    return NotPristine("ALTER SYSTEM was used");
  }
  return static_cast<uint64_t>(xid);
}

absl::StatusOr<std::vector<DatabaseReset::Catalog>>
DatabaseReset::ChangedCatalogs() {
  DSQL_ASSIGN_OR_RETURN(Result result, connection_->Query(kCatalogs));
  std::vector<Catalog> changed;
  for (int row = 0; row < result.row_count(); ++row) {
    Catalog catalog;
    DSQL_ASSIGN_OR_RETURN(int64_t oid, result.Get<int64_t>(row, 0));
    catalog.oid = static_cast<uint32_t>(oid);
    DSQL_ASSIGN_OR_RETURN(catalog.name, result.Get<std::string>(row, 1));
    DSQL_ASSIGN_OR_RETURN(catalog.changes, result.Get<int64_t>(row, 2));
    // What the cleaning changes counts for the next time: once too often.
    int64_t& before = changes_[catalog.oid];
    if (!trust_statistics_ || catalog.changes != before) {
      before = catalog.changes;
      changed.push_back(std::move(catalog));
    }
  }
  return changed;
}

absl::Status DatabaseReset::Verify(const std::vector<Catalog>& catalogs) {
  if (catalogs.empty()) return absl::OkStatus();
  const uint32_t xid = static_cast<uint32_t>(baseline_.next_xid);
  std::string sql;
  for (const Catalog& catalog : catalogs) {
    absl::StrAppend(&sql, sql.empty() ? "" : " UNION ALL ",
                    VerifySql(catalog.name, catalog.oid, xid));
  }
  DSQL_ASSIGN_OR_RETURN(Result result, connection_->Query(sql));
  int64_t bytes = 0;
  for (int row = 0; row < result.row_count(); ++row) {
    DSQL_RETURN_IF_ERROR(VerifyCatalog(result, row, catalogs[row].name));
    DSQL_ASSIGN_OR_RETURN(int64_t size, result.Get<int64_t>(row, 3));
    bytes += size;
  }
  if (bytes > kMaxCatalogBytes) return NotPristine("the catalogs have grown");
  return absl::OkStatus();
}

absl::Status DatabaseReset::VerifyCatalog(const Result& result, int row,
                                          const std::string& name) {
  DSQL_ASSIGN_OR_RETURN(int64_t oid, result.Get<int64_t>(row, 0));
  DSQL_ASSIGN_OR_RETURN(int64_t rows, result.Get<int64_t>(row, 1));
  DSQL_ASSIGN_OR_RETURN(bool written, result.Get<bool>(row, 2));
  const auto& baseline = baseline_.catalog_rows;
  auto expected = baseline.find(static_cast<uint32_t>(oid));
  if (expected == baseline.end() || expected->second != rows) {
    return NotPristine(
        absl::StrCat(name, " has ", rows, " rows instead of ",
                     expected == baseline.end() ? 0 : expected->second));
  }
  if (written) return NotPristine(absl::StrCat(name, " has changed rows"));
  return absl::OkStatus();
}

std::string DatabaseReset::AutoConfState() const {
  struct stat info;
  const std::string path = server_->data_directory() + "/postgresql.auto.conf";
  if (stat(path.c_str(), &info) != 0) return "none";
  return absl::StrCat(info.st_ino, " ", info.st_size, " ", info.st_mtim.tv_sec,
                      ".", info.st_mtim.tv_nsec);
}

}  // namespace dsql::postgres
