// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/external_template.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "dsql/base/has_sqlstate.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/external_role.h"
#include "dsql/postgres/external_server.h"
#include "dsql/postgres/internal_role.h"
#include "dsql/v1/errors.pb.h"

namespace dsql::postgres {
namespace {

// Event triggers are for clients; single-user mode, in which templates are
// filled elsewhere, has none. The schema asks for the second one.
constexpr char kBeforeBootstrap[] =
    "SET session_replication_role = replica;"
    "SET dsql_internal.shared_server = 'on'";

// How often the clients' role is made again that another process dropped with
// the last of its databases.
constexpr int kAttempts = 5;

// What template_builder.cc has in postgresql.conf, as far as it shows, and what
// somebody may have changed on his server that clients or this library would
// notice. search_path is a list of names, so it is not among them.
std::map<std::string, std::string> DatabaseSettings() {
  return {{"bytea_output", "hex"},
          {"client_connection_check_interval", "500ms"},
          {"client_min_messages", "notice"},
          {"datestyle", "iso, mdy"},
          {"default_tablespace", ""},
          {"default_text_search_config", "pg_catalog.english"},
          {"default_transaction_deferrable", "off"},
          {"default_transaction_read_only", "off"},
          {"idle_in_transaction_session_timeout", "0"},
          {"idle_session_timeout", "0"},
          {"intervalstyle", "postgres"},
          {"jit", "off"},
          {"lc_messages", "C"},
          {"lock_timeout", "0"},
          {"standard_conforming_strings", "on"},
          {"statement_timeout", "0"},
          {"synchronous_commit", "off"},
          {"timezone", "UTC"},
          {"track_activities", "on"},
          {"track_counts", "on"}};
}

// "name", or "class"."name".
absl::StatusOr<std::string> QuotedSetting(const Connection& connection,
                                          const std::string& name) {
  std::vector<std::string> quoted;
  for (absl::string_view part : absl::StrSplit(name, '.')) {
    DSQL_ASSIGN_OR_RETURN(std::string word, connection.QuoteIdentifier(part));
    quoted.push_back(std::move(word));
  }
  return absl::StrJoin(quoted, ".");
}

}  // namespace

std::string NewDatabaseName() {
  absl::BitGen bits;
  return absl::StrFormat("dsql_%016x", absl::Uniform<uint64_t>(bits));
}

ExternalTemplate::ExternalTemplate(ServerPoolOptions options,
                                   ConnectionParameters server,
                                   std::string name)
    : options_(std::move(options)),
      server_(std::move(server)),
      name_(std::move(name)) {}

ExternalTemplate::~ExternalTemplate() {
  if (owner_pid_ == getpid()) Stop().IgnoreError();
}

absl::StatusOr<std::unique_ptr<ExternalTemplate>> ExternalTemplate::Create(
    const ServerPoolOptions& options) {
  DSQL_ASSIGN_OR_RETURN(ConnectionParameters server,
                        ParseExternal(options.external_conninfo));
  DSQL_ASSIGN_OR_RETURN(const Connection connection, OpenExternal(server));
  server = AsReached(std::move(server), connection);
  auto made = absl::WrapUnique(
      new ExternalTemplate(options, std::move(server), NewDatabaseName()));
  DSQL_RETURN_IF_ERROR(made->Build());
  return made;
}

absl::Status ExternalTemplate::Build() {
  DSQL_ASSIGN_OR_RETURN(Connection connection, OpenExternal(server_));
  DSQL_ASSIGN_OR_RETURN(const std::string name,
                        connection.QuoteIdentifier(name_));
  DSQL_RETURN_IF_ERROR(
      connection.Execute(absl::StrCat("CREATE DATABASE ", name, kEmptyDatabase))
          .status());
  dropped_ = false;
  DSQL_RETURN_IF_ERROR(Fill());
  // Who is connected is in the way of a copy.
  return connection
      .Execute(
          absl::StrCat("ALTER DATABASE ", name, " ALLOW_CONNECTIONS false"))
      .status();
}

absl::Status ExternalTemplate::Fill() const {
  ConnectionParameters inside = server_;
  inside.database = name_;
  AddStartupOptions(kInternalOptions, &inside);
  DSQL_ASSIGN_OR_RETURN(Connection connection, OpenExternal(inside));
  const TemplateOptions& filling = options_.server.template_options;
  connection.set_statement_timeout(filling.build_timeout);
  DSQL_RETURN_IF_ERROR(connection.Execute(kBeforeBootstrap).status());
  return connection.Execute(filling.bootstrap_sql).status();
}

absl::Status ExternalTemplate::Copy(const std::string& name) const {
  DSQL_ASSIGN_OR_RETURN(Connection connection, OpenExternal(server_));
  DSQL_ASSIGN_OR_RETURN(const std::string copy,
                        connection.QuoteIdentifier(name));
  DSQL_ASSIGN_OR_RETURN(const std::string original,
                        connection.QuoteIdentifier(name_));
  DSQL_ASSIGN_OR_RETURN(const std::string owner,
                        connection.QuoteIdentifier(role()));
  absl::Status copied;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    DSQL_RETURN_IF_ERROR(EnsureExternalRole(&connection, role()));
    copied = connection
                 .Execute(absl::StrCat("CREATE DATABASE ", copy, " TEMPLATE ",
                                       original, " OWNER ", owner))
                 .status();
    // Else the role has gone meanwhile.
    if (!HasSqlstate(copied, "42704")) break;
  }
  DSQL_RETURN_IF_ERROR(copied);
  const absl::Status configured = Configure(name);
  if (configured.ok()) return configured;
  connection.Execute(absl::StrCat("DROP DATABASE ", copy))
      .status()
      .IgnoreError();
  return configured;
}

absl::Status ExternalTemplate::Configure(const std::string& name) const {
  DSQL_ASSIGN_OR_RETURN(Connection connection, OpenExternal(server_));
  DSQL_ASSIGN_OR_RETURN(const std::string database,
                        connection.QuoteIdentifier(name));
  std::map<std::string, std::string> settings = options_.server.settings;
  for (const auto& setting : DatabaseSettings()) settings.insert(setting);
  std::string sql = absl::StrCat(
      // Other users of the server have no business there.
      "REVOKE ALL ON DATABASE ", database, " FROM PUBLIC;", "ALTER DATABASE ",
      database, " SET search_path = \"$user\", public");
  for (const auto& [setting, value] : settings) {
    DSQL_ASSIGN_OR_RETURN(const std::string quoted,
                          QuotedSetting(connection, setting));
    DSQL_ASSIGN_OR_RETURN(const std::string literal,
                          connection.QuoteLiteral(value));
    absl::StrAppend(&sql, ";ALTER DATABASE ", database, " SET ", quoted, " = ",
                    literal);
  }
  const absl::Status done = connection.Execute(sql).status();
  const absl::optional<v1::SqlErrorDetail> error = GetSqlErrorDetail(done);
  if (!error.has_value() || error->sqlstate() != "55P02") return done;
  return absl::FailedPreconditionError(absl::StrCat(
      "One of ServerOptions::settings is for a whole server, and that of "
      "external_conninfo runs already: ",
      done.message(), ". Set it there, and take it out of the options"));
}

absl::Status ExternalTemplate::Stop() {
  if (std::exchange(dropped_, true)) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(Connection connection, OpenExternal(server_));
  DSQL_ASSIGN_OR_RETURN(const std::string name,
                        connection.QuoteIdentifier(name_));
  return connection
      .Execute(absl::StrCat("DROP DATABASE IF EXISTS ", name, " WITH (FORCE)"))
      .status();
}

}  // namespace dsql::postgres
