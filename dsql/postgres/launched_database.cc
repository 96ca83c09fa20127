#include "dsql/postgres/launched_database.h"

#include <errno.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/files.h"

namespace dsql::postgres {

LaunchedDatabase::LaunchedDatabase(std::unique_ptr<PostgresServer> server,
                                   bool user_is_superuser)
    : server_(std::move(server)), reset_(server_.get(), user_is_superuser) {}

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
  if (!socket_directory_.empty()) unlink(socket_directory_.c_str());
  socket_directory_.clear();
  return reset_.Run();
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
