// SPDX-License-Identifier: Apache-2.0

// The database that clusters' databases on somebody else's server are copies
// of.

#ifndef DSQL_POSTGRES_EXTERNAL_TEMPLATE_H_
#define DSQL_POSTGRES_EXTERNAL_TEMPLATE_H_

#include <unistd.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/server_options.h"

namespace dsql::postgres {

// A database on the server of ServerPoolOptions::external_conninfo in which
// TemplateOptions::bootstrap_sql was run, so that each cluster costs a CREATE
// DATABASE and not the running of all that SQL. Nobody can connect to it. It is
// this process's and dropped by Stop(): a template that several processes share
// would be left behind by the last of them.
//
// Thread-safe, but for Stop().
class ExternalTemplate {
 public:
  // Errors: those of Connection, of the SQL, and of EnsureExternalRole().
  static absl::StatusOr<std::unique_ptr<ExternalTemplate>> Create(
      const ServerPoolOptions& options);

  // Stops without a report.
  ~ExternalTemplate();
  ExternalTemplate(const ExternalTemplate&) = delete;
  ExternalTemplate& operator=(const ExternalTemplate&) = delete;

  // Makes the database `name`, a copy that belongs to role(), with the settings
  // that servers of this library have.
  //
  // Errors: PostgreSQL's; FailedPrecondition for one of
  //   ServerOptions::settings that no database can have of its own.
  absl::Status Copy(const std::string& name) const;

  // Drops it. Copies stay. Idempotent.
  absl::Status Stop();

  // As whom clients connect.
  const std::string& role() const {
    return options_.server.template_options.user;
  }
  // How the superuser connects.
  const ConnectionParameters& server() const { return server_; }

 private:
  ExternalTemplate(ServerPoolOptions options, ConnectionParameters server,
                   std::string name);

  absl::Status Build();
  absl::Status Fill() const;
  absl::Status Configure(const std::string& name) const;

  const ServerPoolOptions options_;
  const ConnectionParameters server_;
  const std::string name_;
  const pid_t owner_pid_ = getpid();
  bool dropped_ = true;
};

// "dsql_" and 16 hex digits that nobody else has: how databases of this library
// are named on somebody else's server.
std::string NewDatabaseName();

// What follows CREATE DATABASE and its name where nothing is to be in it. There
// is no STRATEGY before PostgreSQL 15, so the default has to do.
inline constexpr char kEmptyDatabase[] =
    " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'";

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_EXTERNAL_TEMPLATE_H_
