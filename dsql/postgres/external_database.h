// SPDX-License-Identifier: Apache-2.0

// A database on a server that somebody else runs.

#ifndef DSQL_POSTGRES_EXTERNAL_DATABASE_H_
#define DSQL_POSTGRES_EXTERNAL_DATABASE_H_

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/external_template.h"
#include "dsql/postgres/pooled_database.h"

namespace dsql::postgres {

// Made by CREATE DATABASE with a name that nobody else has ("dsql_" and 16 hex
// digits), and dropped by Stop(). It is never reset: Reset() always fails, so a
// pool discards it and makes another one.
//
// Without an ExternalTemplate clients connect as the user of the conninfo, who
// needs CREATEDB. Roles are shared by all databases of a server: those that
// were made since the database was, and that own something in it or were
// granted something there, are dropped with it (as far as the user may); others
// stay.
//
// With one it is a copy of that, and clients connect as the template's role,
// who owns it and cannot make roles. That role goes with the last database.
class ExternalDatabase final : public PooledDatabase {
 public:
  // Errors: InvalidArgument (conninfo), Unavailable (no server there), and
  //   PostgreSQL's, such as 42501 without CREATEDB.
  static absl::StatusOr<std::unique_ptr<ExternalDatabase>> Create(
      const std::string& conninfo);

  // Errors: those of ExternalTemplate::Copy().
  static absl::StatusOr<std::unique_ptr<ExternalDatabase>> Create(
      std::shared_ptr<const ExternalTemplate> original);

  // Stops without a report.
  ~ExternalDatabase() override;

  absl::Status Lend() override { return absl::OkStatus(); }
  absl::Status Reset() override;
  absl::Status Stop() override;
  absl::Status Health() const override;
  ConnectionParameters connection() const override;
  // As connection(), with kInternalOptions in addition to those of the
  // conninfo.
  ConnectionParameters internal_connection() const override;

 private:
  ExternalDatabase(ConnectionParameters server, std::string name)
      : server_(std::move(server)), name_(std::move(name)) {}
  absl::Status DropRoles(const std::vector<std::string>& quoted,
                         Connection* connection) const;
  absl::StatusOr<std::vector<std::string>> RolesToDrop(
      Connection* connection) const;

  const ConnectionParameters server_;
  const std::string name_;
  // Null where the database is PostgreSQL's own.
  std::shared_ptr<const ExternalTemplate> original_;
  const pid_t owner_pid_ = getpid();
  bool dropped_ = true;
  int64_t newest_role_ = 0;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_EXTERNAL_DATABASE_H_
