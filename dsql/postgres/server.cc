// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/child_process.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/process_tree.h"
#include "dsql/postgres/relation_cache.h"
#include "dsql/postgres/tree_copy.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {
namespace {

constexpr int kSocketPort = 5432;
constexpr int kPortAttempts = 5;
constexpr absl::Duration kPollInterval = absl::Microseconds(300);
constexpr absl::Duration kStopTimeout = absl::Seconds(2);
constexpr absl::Duration kCheckpointTimeout = absl::Seconds(20);
// Without one of them what was committed may be lost, or torn, with the power.
constexpr const char* kWriteThrough[] = {"fsync", "synchronous_commit",
                                         "full_page_writes"};
// PostgreSQL's own mark, in the eighth line of postmaster.pid.
constexpr int kStatusLine = 7;

absl::Status ValidateOptions(const ServerOptions& options) {
  if (options.loopback_port.has_value() &&
      (*options.loopback_port < 0 || *options.loopback_port > 65535)) {
    return absl::InvalidArgumentError(
        absl::StrCat("ServerOptions::loopback_port must be from 0 to 65535, "
                     "where 0 is any free one; it is ",
                     *options.loopback_port));
  }
  for (const auto& [name, value] : options.settings) {
    if (name.empty() || absl::StrContains(name, '=') ||
        absl::StrContains(name + value, absl::string_view("\0", 1))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "ServerOptions::settings has a name that is empty or has '=', or a "
          "NUL: '",
          name, "'"));
    }
  }
  return absl::OkStatus();
}

absl::Status PortError(int error, int port) {
  const absl::Status status = absl::ErrnoToStatus(
      error, absl::StrCat("Cannot listen on port ", port,
                          " of 127.0.0.1; choose another one, or 0 for any "
                          "that is free"));
  return error == EADDRINUSE ? absl::AlreadyExistsError(status.message())
                             : status;
}

// Returns `port`, or a free one for 0. Somebody else can take it before the
// server does; that ends in the same error, later.
absl::StatusOr<int> ProbePort(int port) {
  UniqueFd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(probe.get(), generic, size) != 0 ||
      // Two sockets may share a port until one of them listens.
      listen(probe.get(), 1) != 0 ||
      getsockname(probe.get(), generic, &size) != 0) {
    return PortError(errno, port);
  }
  return ntohs(address.sin_port);
}

std::vector<std::string> ServerArguments(const ServerOptions& options,
                                         const Binaries& binaries,
                                         const std::string& data,
                                         const DataDirectory& directory,
                                         int port, bool loopback,
                                         bool durable) {
  std::map<std::string, std::string> settings = options.settings;
  if (durable) {
    for (const char* const name : kWriteThrough) settings[name] = "on";
  }
  settings["port"] = absl::StrCat(port);
  settings["unix_socket_directories"] = directory.socket_directory();
  settings["listen_addresses"] = loopback ? "127.0.0.1" : "";
  std::vector<std::string> argv = {binaries.postgres(), "-D", data};
  for (const auto& [name, value] : settings) {
    argv.push_back("-c");
    argv.push_back(absl::StrCat(name, "=", value));
  }
  return argv;
}

bool IsReady(const std::string& data) {
  auto text = ReadFile(data + "/postmaster.pid");
  if (!text.ok()) return false;
  const std::vector<absl::string_view> lines = absl::StrSplit(*text, '\n');
  return lines.size() > kStatusLine &&
         absl::StartsWith(lines[kStatusLine], "ready");
}

// What a data directory has for the server that runs in it, and for who reads
// its log, and another one must not find.
bool IsOfTheProcess(const TreeEntry& entry) {
  return entry.path == "postmaster.pid" || entry.path == "postmaster.opts" ||
         absl::StartsWith(entry.path, "pg_dynshmem/") ||
         absl::StartsWith(entry.path, "pg_replslot/");
}

// Why a server ended, by what it wrote.
absl::StatusCode CodeOfLog(absl::string_view log) {
  if (absl::StrContains(log, "Address already in use")) {
    return absl::StatusCode::kAlreadyExists;
  }
  if (absl::StrContains(log, "Cannot allocate memory")) {
    return absl::StatusCode::kResourceExhausted;
  }
  if (absl::StrContains(log, "unrecognized configuration parameter") ||
      absl::StrContains(log, "invalid value for parameter") ||
      absl::StrContains(log, "outside the valid range")) {
    return absl::StatusCode::kInvalidArgument;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::Start(
    const ServerOptions& options) {
  DSQL_RETURN_IF_ERROR(ValidateOptions(options));
  DSQL_ASSIGN_OR_RETURN(Host host, FindHost(options));
  return StartOn(host, options);
}

absl::StatusOr<PostgresServer::Host> PostgresServer::FindHost(
    const ServerOptions& options) {
  Host host;
  DSQL_ASSIGN_OR_RETURN(host.binaries, FindBinaries(options.binaries));
  DSQL_ASSIGN_OR_RETURN(host.run_as, ResolveRunAs(options.run_as));
  return host;
}

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::StartOn(
    const Host& host, const ServerOptions& options, const MakeData& make_data) {
  DSQL_RETURN_IF_ERROR(ValidateOptions(options));
  auto server = absl::WrapUnique(new PostgresServer());
  DSQL_RETURN_IF_ERROR(server->MakeDirectory(host, options));
  const std::string data = server->data_directory();
  std::string origin;
  if (make_data != nullptr) {
    DSQL_ASSIGN_OR_RETURN(server->baseline_, make_data(host.run_as, data));
  } else {
    DSQL_ASSIGN_OR_RETURN(Clone clone,
                          CloneTemplate(options.template_options, host.binaries,
                                        host.run_as, data));
    server->baseline_ = std::move(clone.baseline);
    origin = std::move(clone.origin);
  }
  DSQL_RETURN_IF_ERROR(server->LaunchOnPort(options, host.run_as));
  // The files of one that came up are the next one's.
  server->origin_ = std::move(origin);
  if (!server->origin_.empty()) PlaceRelationCache(data);
  return server;
}

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::StartOnDurable(
    const Host& host, const ServerOptions& options, DurableDirectory data) {
  DSQL_RETURN_IF_ERROR(ValidateOptions(options));
  auto server = absl::WrapUnique(new PostgresServer());
  RemoveServerFiles(data.path);
  server->durable_ = std::move(data);
  DSQL_RETURN_IF_ERROR(server->MakeDirectory(host, options));
  DSQL_RETURN_IF_ERROR(server->LaunchOnPort(options, host.run_as));
  return server;
}

absl::Status PostgresServer::MakeDirectory(const Host& host,
                                           const ServerOptions& options) {
  template_options_ = options.template_options;
  binaries_ = host.binaries;
  run_as_ = host.run_as;
  absl::MutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(
      directory_, DataDirectory::Create(options.data_directory, host.run_as));
  path_ = directory_->path();
  socket_directory_ = directory_->socket_directory();
  return absl::OkStatus();
}

absl::Status PostgresServer::LaunchOnPort(const ServerOptions& options,
                                          const RunAs& run_as) {
  absl::Status status;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    status = Launch(options, run_as);
    // A free port that was taken between the look and the start.
    const bool again =
        absl::IsAlreadyExists(status) && options.loopback_port.value_or(1) == 0;
    if (!again) break;
  }
  return status;
}

absl::Status PostgresServer::Launch(const ServerOptions& options,
                                    const RunAs& run_as) {
  absl::MutexLock lock(&mutex_);
  port_ = kSocketPort;
  if (options.loopback_port.has_value()) {
    DSQL_ASSIGN_OR_RETURN(port_, ProbePort(*options.loopback_port));
    loopback_port_ = port_;
  }
  ServerProcessSpec spec;
  spec.argv =
      ServerArguments(options, binaries_, data_directory(), *directory_, port_,
                      loopback_port_.has_value(), durable_.has_value());
  spec.log_path = directory_->log();
  spec.held_fds = directory_->held_fds();
  if (durable_.has_value()) spec.server_fd = durable_->lock_fd;
  spec.run_as = run_as;
  DSQL_ASSIGN_OR_RETURN(process_, ServerProcess::Start(spec));
  pid_ = process_->pid();
  const std::string command_line = CommandLine(spec.argv);
  const absl::Time deadline = absl::Now() + options.start_timeout;
  while (!IsReady(data_directory())) {
    if (process_->WaitForExit(kPollInterval)) {
      const std::string log = LastLinesOfFile(directory_->log());
      return StartError(CodeOfLog(log), command_line, "ended at once");
    }
    if (absl::Now() > deadline) {
      return StartError(
          absl::StatusCode::kDeadlineExceeded, command_line,
          absl::StrCat("was not ready within ",
                       absl::FormatDuration(options.start_timeout)));
    }
  }
  return absl::OkStatus();
}

absl::Status PostgresServer::StartError(absl::StatusCode code,
                                        const std::string& command_line,
                                        const std::string& what) const {
  return NoticeFullDisk(absl::Status(
      code,
      absl::StrCat("The Postgres server ", what, ". Command: ", command_line,
                   ". The end of its log: ", LastLinesOfFile(path_ + "/log"))));
}

PostgresServer::PostgresServer() : owner_pid_(getpid()) {}

PostgresServer::~PostgresServer() { Stop().IgnoreError(); }

absl::Status PostgresServer::Stop() {
  absl::MutexLock lock(&mutex_);
  absl::Status status;
  const bool ours = owner_pid_ == getpid();
  if (ours && process_ != nullptr) {
    status = durable_.has_value() ? process_->StopInOrder(kCheckpointTimeout)
                                  : process_->Stop(kStopTimeout);
  }
  process_.reset();
  // What one that was killed has left: nobody may ever start another there.
  if (ours && directory_ != nullptr && durable_.has_value())
    RemoveServerFiles(durable_->path);
  // No process of the server may be left in it.
  if (ours && directory_ != nullptr && status.ok()) GiveBackData();
  if (ours && directory_ != nullptr) status.Update(directory_->Remove());
  directory_.reset();
  return status;
}

void PostgresServer::GiveBackData() {
  if (origin_.empty()) return;
  RemoveServerFiles(data_directory());
  KeepAsSpare(origin_, run_as_, data_directory()).IgnoreError();
}

absl::Status PostgresServer::ShutDown() {
  absl::MutexLock lock(&mutex_);
  if (process_ == nullptr || owner_pid_ != getpid()) return absl::OkStatus();
  return process_->StopInOrder(kCheckpointTimeout);
}

absl::Status PostgresServer::Abort() {
  absl::MutexLock lock(&mutex_);
  if (process_ == nullptr || owner_pid_ != getpid()) return absl::OkStatus();
  return process_->Stop(kStopTimeout);
}

absl::StatusOr<std::string> PostgresServer::Keep() {
  absl::MutexLock lock(&mutex_);
  if (process_ == nullptr || owner_pid_ != getpid())
    return absl::FailedPreconditionError("The Postgres server was stopped");
  DSQL_RETURN_IF_ERROR(Living());
  directory_->Keep();
  process_->Keep();
  process_.reset();
  directory_.reset();
  return absl::StrCat("PostgreSQL, pid ", pid_, ", data in ", path_,
                      ". Look at it with\n  ", binaries_.bin_dir, "/psql \"",
                      conninfo(), "\"\nand end it with\n  kill ", pid_, "\n");
}

absl::Status PostgresServer::CopyData(const std::string& to) const {
  absl::MutexLock lock(&mutex_);
  if (process_ == nullptr || owner_pid_ != getpid())
    return absl::FailedPreconditionError("The Postgres server was stopped");
  DSQL_ASSIGN_OR_RETURN(const auto pause, ProcessPause::Start(pid_));
  DSQL_ASSIGN_OR_RETURN(std::vector<TreeEntry> tree,
                        ListTree(data_directory()));
  tree.erase(std::remove_if(tree.begin(), tree.end(), IsOfTheProcess),
             tree.end());
  return CopyTree(data_directory(), tree, to, absl::nullopt);
}

absl::Status PostgresServer::Health() const {
  absl::MutexLock lock(&mutex_);
  if (process_ == nullptr) {
    return absl::FailedPreconditionError("The Postgres server was stopped");
  }
  return Living();
}

absl::Status PostgresServer::Living() const {
  if (process_->Alive()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "The Postgres server (pid ", pid_, ", data in ", data_directory(),
      ") has died", durable_.has_value() ? "" : ", and its data with it",
      ". The end of its log: ", LastLinesOfFile(path_ + "/log")));
}

ConnectionParameters PostgresServer::connection() const {
  ConnectionParameters parameters;
  parameters.host = socket_directory_;
  parameters.port = absl::StrCat(port_);
  parameters.user = template_options_.user;
  parameters.database = template_options_.database;
  // One round trip instead of three on the loopback; without a meaning on a
  // unix socket.
  parameters.others = {{"sslmode", "disable"}, {"gssencmode", "disable"}};
  return parameters;
}

ConnectionParameters PostgresServer::internal_connection() const {
  ConnectionParameters parameters = connection();
  parameters.user = kInternalUser;
  // ServerOptions::settings may hold clients to less.
  parameters.others["options"] =
      absl::StrCat(kInternalOptions, " -ctemp_file_limit=-1");
  return parameters;
}

}  // namespace dsql::postgres
