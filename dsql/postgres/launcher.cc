// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/launcher.h"

#include <utility>

#include "dsql/base/status_macros.h"
#include "dsql/postgres/database_reset.h"
#include "dsql/postgres/external_database.h"
#include "dsql/postgres/launched_database.h"
#include "dsql/postgres/server.h"

namespace dsql::postgres {
namespace {

using DatabasePtr = std::unique_ptr<PooledDatabase>;

}  // namespace

absl::StatusOr<DatabasePtr> Launcher::operator()(
    const ServerPoolOptions& options) {
  if (!options.external_conninfo.empty()) return MakeExternal(options);
  DSQL_ASSIGN_OR_RETURN(std::unique_ptr<PostgresServer> server,
                        PostgresServer::Start(options.server));
  auto reset = std::make_unique<DatabaseReset>(
      server.get(), options.server.template_options.user_is_superuser);
  return std::make_unique<LaunchedDatabase>(std::move(server),
                                            std::move(reset));
}

absl::StatusOr<DatabasePtr> Launcher::MakeExternal(
    const ServerPoolOptions& options) {
  if (options.server.template_options.bootstrap_sql.empty())
    return ExternalDatabase::Create(options.external_conninfo);
  DSQL_ASSIGN_OR_RETURN(std::shared_ptr<const ExternalTemplate> original,
                        GetTemplate(options));
  return ExternalDatabase::Create(std::move(original));
}

absl::StatusOr<std::shared_ptr<const ExternalTemplate>> Launcher::GetTemplate(
    const ServerPoolOptions& options) {
  absl::MutexLock lock(&template_mutex_);
  if (finished_)
    return absl::FailedPreconditionError("The server pool was stopped");
  if (template_ == nullptr) {
    DSQL_ASSIGN_OR_RETURN(template_, ExternalTemplate::Create(options));
  }
  return std::shared_ptr<const ExternalTemplate>(template_);
}

absl::Status Launcher::Finish() {
  absl::MutexLock lock(&template_mutex_);
  finished_ = true;
  // Copies do not need it.
  return template_ == nullptr ? absl::OkStatus() : template_->Stop();
}

}  // namespace dsql::postgres
