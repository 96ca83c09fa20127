// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/durable_kind.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"

namespace dsql::postgres {
namespace {

constexpr absl::Duration kCleanTimeout = absl::Seconds(30);

// Sessions that were killed leave the schemas of their temporary tables behind,
// private copies among them; the next session with their number would find
// them.
constexpr char kDropTemporarySchemas[] = R"(DO $$
DECLARE item record;
BEGIN
  FOR item IN SELECT nspname FROM pg_catalog.pg_namespace
              WHERE nspname ~ '^pg_(toast_)?temp_' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', item.nspname);
  END LOOP;
END $$)";

}  // namespace

SnapshotKind DurableKindOf(const PostgresServer::Host& host,
                           const ServerOptions& options) {
  SnapshotKind kind;
  kind.postgres_version = absl::StrCat(host.binaries.major_version);
  kind.architecture = MachineArchitecture();
  kind.options = FingerprintOf(options.template_options);
  return kind;
}

absl::Status CheckDurableKind(const SnapshotKind& kind,
                              const SnapshotKind& here,
                              const std::string& path) {
  const std::string data = absl::StrCat("The rows in ", path, " are of ");
  if (kind.postgres_version != here.postgres_version) {
    return absl::FailedPreconditionError(absl::StrCat(
        data, "PostgreSQL ", kind.postgres_version,
        ", and the servers here are of ", here.postgres_version,
        ". Name the programs of ", kind.postgres_version,
        " by ServerOptions::binaries.bin_dir or DSQL_POSTGRES_BIN"));
  }
  if (kind.architecture != here.architecture) {
    return absl::FailedPreconditionError(
        absl::StrCat(data, "a machine of kind ", kind.architecture,
                     ", and this one is ", here.architecture));
  }
  if (kind.options == here.options) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      data,
      "a FakeDsql whose servers are others: by user, database, dialect (a "
      "preset such as LocalStack()) or version of FakeDsql. Open it with the "
      "FakeDsqlOptions and the version that made it"));
}

absl::Status DropTemporarySchemas(const PostgresServer& server) {
  DSQL_ASSIGN_OR_RETURN(
      Connection connection,
      Connection::Open(server.internal_connection().ToConninfo(),
                       absl::Now() + kCleanTimeout));
  return connection.Execute(kDropTemporarySchemas).status();
}

}  // namespace dsql::postgres
