// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/template_builder.h"

#include <errno.h>
#include <fcntl.h>

#include <memory>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/command.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/internal_role.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/postgres/relation_cache.h"
#include "dsql/postgres/server_process.h"
#include "dsql/postgres/tree_copy.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {
namespace {

constexpr size_t kLongestIdentifier = 63;
constexpr absl::Duration kPollInterval = absl::Milliseconds(2);

// The data is thrown away, so nothing is synced; many servers run side by side,
// so each is small and sleeps when it is not used.
constexpr char kPostgresqlConf[] = R"(
listen_addresses = ''
max_connections = 600
max_locks_per_transaction = 12      # as many locks in all as usual
max_pred_locks_per_transaction = 10
shared_buffers = 16MB
huge_pages = off
dynamic_shared_memory_type = mmap   # in the data directory, so gone with it
fsync = off
synchronous_commit = on             # written, not synced, at once: see streams
full_page_writes = off
wal_level = logical
max_wal_senders = 4
max_replication_slots = 4
min_wal_size = 2MB
max_wal_size = 64MB
checkpoint_timeout = 1h
log_checkpoints = off
autovacuum = off
jit = off
max_logical_replication_workers = 0
shared_preload_libraries = 'plpgsql'  # else each session loads it
bgwriter_delay = 10s
bgwriter_lru_maxpages = 0
wal_writer_delay = 10s
restart_after_crash = off           # a crash is an error, never hidden
client_connection_check_interval = 500ms  # nobody waits for the answer: stop
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
timezone = 'UTC'
datestyle = 'iso, mdy'
default_text_search_config = 'pg_catalog.english'
)";

// The superuser is this library's own, which comes by the unix socket.
constexpr char kPgHba[] = R"(
host all rdsadmin all reject
local all all trust
host all all 127.0.0.1/32 trust
)";

// Nobody gets a predefined role from a client: who could, might read and write
// the files of this user, run programs as him, and write what this library
// keeps in a database. Before PostgreSQL 16 whoever has CREATEROLE, which
// clients need for roles of their own, grants any role but a superuser; so
// these become superusers, as which nobody can log in. 16 and later ask for
// ADMIN OPTION besides. Rejected: no CREATEROLE, as tests make roles in every
// preset; deleting the roles, as clients may look for them. pg_database_owner
// has no explicit members, and the owner may become it.
constexpr char kGuardPredefinedRoles[] =
    "UPDATE pg_authid SET rolsuper = true WHERE rolname ~ '^pg_'"
    " AND rolname <> 'pg_database_owner' AND NOT rolcanlogin";

constexpr absl::string_view kBaselineTag = "dsql-baseline ";
constexpr absl::string_view kWalTag = "LOG:  dsql-wal ";
constexpr size_t kWalNameSize = 24;
// What the build's own server leaves: its command line, and statistics, which
// take each server a while to read when it starts.
constexpr char kCommandLine[] = "/postmaster.opts";
constexpr char kStatistics[] = "/pg_stat";

// Reports the baseline to the log.
constexpr char kReportBaseline[] = R"(DO $$
DECLARE catalog record; total bigint;
BEGIN
  RAISE LOG 'dsql-baseline xid %', pg_snapshot_xmax(pg_current_snapshot());
  RAISE LOG 'dsql-wal %', pg_walfile_name(pg_current_wal_lsn());
  FOR catalog IN
      SELECT oid, oid::regclass AS name FROM pg_class WHERE relkind = 'r'
  LOOP
    EXECUTE format('SELECT count(*) FROM %s', catalog.name) INTO total;
    RAISE LOG 'dsql-baseline % %', catalog.oid, total;
  END LOOP;
END $$)";

std::string Quoted(absl::string_view identifier) {
  return absl::StrCat("\"", absl::StrReplaceAll(identifier, {{"\"", "\"\""}}),
                      "\"");
}

absl::Status ValidateName(absl::string_view what, absl::string_view name) {
  const bool has_control_character =
      absl::StrContains(name, absl::string_view("\0", 1)) ||
      absl::StrContains(name, '\n') || absl::StrContains(name, '\r');
  if (name.empty() || name.size() > kLongestIdentifier ||
      has_control_character) {
    return absl::InvalidArgumentError(absl::StrCat(
        "TemplateOptions::", what, " must have 1 to ", kLongestIdentifier,
        " bytes, without NUL and line breaks; it has ", name.size()));
  }
  return absl::OkStatus();
}

// In single-user mode errors are only printed.
absl::Status FindError(const std::string& output) {
  for (const char* severity : {"ERROR:", "FATAL:", "PANIC:"}) {
    const size_t at = output.find(severity);
    if (at != std::string::npos) {
      return NoticeFullDisk(absl::InternalError(absl::StrCat(
          "Preparing the template failed: ", LastLines(output.substr(at)))));
    }
  }
  return absl::OkStatus();
}

class TemplateBuilder {
 public:
  TemplateBuilder(const TemplateOptions& options, const Binaries& binaries,
                  const RunAs& run_as, const std::string& data)
      : options_(options), binaries_(binaries), run_as_(run_as), data_(data) {}

  absl::Status Initdb() {
    return Run({binaries_.initdb(), "-D", data_, "-U", kInternalUser,
                "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
                "--wal-segsize=1"},
               "")
        .status();
  }

  absl::Status Configure() {
    DSQL_RETURN_IF_ERROR(
        WriteFile(data_ + "/postgresql.conf", kPostgresqlConf));
    return WriteFile(data_ + "/pg_hba.conf", kPgHba);
  }

  // Has a server run for one session, which makes what StoreRelationCache()
  // wants: single-user mode does not.
  absl::Status MakeRelationCache(const std::string& database) {
    const std::string log = data_ + ".log";
    ServerProcessSpec spec;
    // The socket's path may be as long as it likes: both know the directory.
    spec.argv = {binaries_.postgres(), "-D", data_, "-c",
                 "unix_socket_directories=."};
    spec.log_path = log;
    spec.run_as = run_as_;
    const UniqueFd directory(
        open(data_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) return FileError(errno, "open", data_);
    ConnectionParameters parameters;
    parameters.host = absl::StrCat("/proc/self/fd/", directory.get());
    parameters.port = "5432";
    parameters.user = kInternalUser;
    parameters.database = database;
    DSQL_ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server,
                          ServerProcess::Start(spec));
    const absl::Time deadline = absl::Now() + options_.build_timeout;
    absl::Status status;
    do {
      status = Connection::Open(parameters.ToConninfo(), deadline).status();
    } while (!status.ok() && absl::Now() < deadline &&
             !server->WaitForExit(kPollInterval));
    status.Update(server->StopInOrder(options_.build_timeout));
    if (!status.ok()) {
      return NoticeFullDisk(absl::Status(
          status.code(),
          absl::StrCat("The template's server failed: ", status.message(),
                       ". Its log: ", LastLinesOfFile(log))));
    }
    return RemoveTree(log);
  }

  // Runs statements in single-user mode, which needs no socket and no client.
  absl::StatusOr<std::string> Execute(
      const std::string& database, const std::vector<std::string>& statements) {
    std::string input;
    for (const std::string& sql : statements) {
      absl::StrAppend(&input, sql, ";\n\n");
    }
    // `-j`: a statement ends at a semicolon and an empty line.
    DSQL_ASSIGN_OR_RETURN(
        std::string output,
        Run({binaries_.postgres(), "--single", "-j", "-D", data_, database},
            input));
    DSQL_RETURN_IF_ERROR(FindError(output));
    return output;
  }

 private:
  absl::StatusOr<std::string> Run(std::vector<std::string> argv,
                                  const std::string& input) {
    Command command;
    command.argv = std::move(argv);
    command.input = input;
    command.run_as = run_as_;
    command.timeout = options_.build_timeout;
    absl::StatusOr<std::string> output = RunCommand(command);
    if (!output.ok()) return NoticeFullDisk(output.status());
    return output;
  }

  const TemplateOptions& options_;
  const Binaries& binaries_;
  const RunAs& run_as_;
  const std::string& data_;
};

std::vector<std::string> RoleStatements(const TemplateOptions& options) {
  const std::string user = Quoted(options.user);
  const std::string database = Quoted(options.database);
  std::vector<std::string> statements = {
      absl::StrCat("CREATE ROLE ", user, " LOGIN CREATEROLE",
                   options.user_is_superuser ? " SUPERUSER" : "")};
  if (options.database != "postgres") {
    statements.push_back(
        absl::StrCat("ALTER DATABASE postgres RENAME TO ", database));
  }
  statements.push_back(
      absl::StrCat("ALTER DATABASE ", database, " OWNER TO ", user));
  statements.push_back(kGuardPredefinedRoles);
  return statements;
}

// As one statement list, so that a mistake in it leaves nothing half done: see
// TemplateBuilder::Execute() for what would end it.
std::string AsOneInput(absl::string_view sql) {
  std::string input(absl::StripTrailingAsciiWhitespace(sql));
  while (absl::StrContains(input, ";\n\n")) {
    input = absl::StrReplaceAll(input, {{";\n\n", ";\n"}});
  }
  return input;
}

absl::StatusOr<Baseline> ParseBaseline(absl::string_view output) {
  Baseline baseline;
  for (absl::string_view line : absl::StrSplit(output, '\n')) {
    const size_t at = line.find(kBaselineTag);
    if (at == absl::string_view::npos) continue;
    const std::vector<absl::string_view> fields =
        absl::StrSplit(line.substr(at + kBaselineTag.size()), ' ');
    uint32_t oid = 0;
    if (fields.size() != 2) continue;
    if (fields[0] == "xid") {
      if (!absl::SimpleAtoi(fields[1], &baseline.next_xid)) break;
    } else if (!absl::SimpleAtoi(fields[0], &oid) ||
               !absl::SimpleAtoi(fields[1], &baseline.catalog_rows[oid])) {
      break;
    }
  }
  if (baseline.next_xid == 0 || baseline.catalog_rows.empty()) {
    return absl::InternalError(absl::StrCat(
        "The template's baseline is missing in: ", LastLines(output)));
  }
  return baseline;
}

// Removes the empty segments that initdb made for later, a third of a template.
// The shutdown after the report may have begun one further segment.
absl::Status TrimWal(const std::string& data, const std::string& output) {
  const size_t at = output.find(kWalTag.data());
  if (at == std::string::npos) return absl::OkStatus();
  const std::string current = output.substr(at + kWalTag.size(), kWalNameSize);
  DSQL_ASSIGN_OR_RETURN(std::vector<TreeEntry> segments,
                        ListTree(data + "/pg_wal"));
  std::set<std::string> later;
  for (const TreeEntry& segment : segments) {
    if (segment.path.size() == kWalNameSize && segment.path > current) {
      later.insert(segment.path);
    }
  }
  if (!later.empty()) later.erase(later.begin());
  for (const std::string& name : later) {
    DSQL_RETURN_IF_ERROR(RemoveTree(absl::StrCat(data, "/pg_wal/", name)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view ServerSettings() { return kPostgresqlConf; }

absl::Status ValidateTemplateOptions(const TemplateOptions& options) {
  DSQL_RETURN_IF_ERROR(ValidateName("user", options.user));
  DSQL_RETURN_IF_ERROR(ValidateName("database", options.database));
  if (absl::StartsWith(options.user, "pg_") || options.user == kInternalUser) {
    return absl::InvalidArgumentError(absl::StrCat(
        "TemplateOptions::user must not be '", options.user,
        "': PostgreSQL keeps names that start with pg_, this library keeps ",
        kInternalUser));
  }
  if (options.database == "template0" || options.database == "template1") {
    return absl::InvalidArgumentError(absl::StrCat(
        "TemplateOptions::database must not be ", options.database));
  }
  return absl::OkStatus();
}

absl::StatusOr<Baseline> BuildTemplate(const TemplateOptions& options,
                                       const Binaries& binaries,
                                       const RunAs& run_as,
                                       const std::string& data) {
  TemplateBuilder builder(options, binaries, run_as, data);
  DSQL_RETURN_IF_ERROR(builder.Initdb());
  DSQL_RETURN_IF_ERROR(builder.Configure());
  DSQL_RETURN_IF_ERROR(
      builder.Execute("template1", RoleStatements(options)).status());
  if (!options.bootstrap_sql.empty()) {
    DSQL_RETURN_IF_ERROR(
        builder.Execute(options.database, {AsOneInput(options.bootstrap_sql)})
            .status());
  }
  DSQL_ASSIGN_OR_RETURN(
      std::string output,
      builder.Execute(options.database,
                      {"UPDATE pg_database SET datistemplate = false",
                       "DROP DATABASE template0", "DROP DATABASE template1",
                       "VACUUM FREEZE", kReportBaseline}));
  DSQL_RETURN_IF_ERROR(builder.MakeRelationCache(options.database));
  DSQL_RETURN_IF_ERROR(StoreRelationCache(data));
  DSQL_RETURN_IF_ERROR(TrimWal(data, output));
  DSQL_RETURN_IF_ERROR(RemoveTree(data + kCommandLine));
  DSQL_ASSIGN_OR_RETURN(const std::vector<std::string> statistics,
                        ListDirectory(data + kStatistics));
  for (const std::string& name : statistics)
    DSQL_RETURN_IF_ERROR(
        RemoveTree(absl::StrCat(data, kStatistics, "/", name)));
  return ParseBaseline(output);
}

}  // namespace dsql::postgres
