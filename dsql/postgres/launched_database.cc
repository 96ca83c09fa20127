// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/launched_database.h"

#include <errno.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"

namespace dsql::postgres {

LaunchedDatabase::LaunchedDatabase(std::unique_ptr<PostgresServer> server,
                                   std::unique_ptr<DatabaseReset> reset)
    : server_(std::move(server)), reset_(std::move(reset)) {}

absl::Status LaunchedDatabase::Lend() {
  const std::string link =
      absl::StrCat(server_->socket_directory(), "/l", ++lent_);
  if (symlink(".", link.c_str()) != 0) {
    return FileError(errno, "make the link", link);
  }
  socket_directory_ = link;
  return absl::OkStatus();
}

absl::Status LaunchedDatabase::Reset() {
  ShutOut();
  return reset_->Run();
}

absl::Status LaunchedDatabase::EndSessions() {
  ShutOut();
  if (reset_->EndSessions().ok()) return absl::OkStatus();
  // Who went on here would be told of commits that nobody will ever see.
  return server_->Abort();
}

absl::Status LaunchedDatabase::CopyData(const std::string& to) {
  DSQL_RETURN_IF_ERROR(reset_->Checkpoint());
  return server_->CopyData(to);
}

void LaunchedDatabase::ShutOut() {
  if (!socket_directory_.empty()) unlink(socket_directory_.c_str());
  socket_directory_.clear();
}

ConnectionParameters LaunchedDatabase::connection() const {
  ConnectionParameters parameters = server_->connection();
  parameters.host = socket_directory_;
  return parameters;
}

ConnectionParameters LaunchedDatabase::internal_connection() const {
  ConnectionParameters parameters = server_->internal_connection();
  parameters.host = socket_directory_;
  return parameters;
}

}  // namespace dsql::postgres
