// An ephemeral PostgreSQL server: a child process with data that nobody keeps.

#ifndef DSQL_POSTGRES_SERVER_H_
#define DSQL_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/postgres/binaries.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/data_directory.h"
#include "dsql/postgres/internal_role.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/server_process.h"
#include "dsql/postgres/template_cache.h"

namespace dsql::postgres {

struct ServerOptions {
  BinariesOptions binaries;
  // The roles and the database of the server, and where its template is kept.
  TemplateOptions template_options;
  // Where its data is.
  DataDirectoryOptions data_directory;
  RunAsMode run_as = RunAsMode::kAuto;

  // Also listen on 127.0.0.1, without a password, at this port; 0 is any that
  // is free. Without it the server is reached only by its unix socket, in a
  // directory of mode 0700.
  absl::optional<int> loopback_port;

  // Settings over the defaults for throw-away data (which are: fsync,
  // synchronous_commit, full_page_writes, autovacuum and jit off, 16 MB
  // shared_buffers, wal_level minimal, 600 connections, restart_after_crash
  // off). For example {{"max_prepared_transactions", "10"}}.
  std::map<std::string, std::string> settings;

  // From the start of the process until it accepts connections; 40 ms is usual.
  absl::Duration start_timeout = absl::Seconds(60);
};

// The server is gone when this object, or the process that holds it, is: the
// destructor, a crash and SIGKILL leave neither a process nor a directory.
//
// Thread-safety: safe. In a forked child the object is inert: destroying it
// there leaves the server to the parent.
class PostgresServer {
 public:
  // Returns a server that accepts connections.
  //
  // Errors, each with what was tried and the end of the server's log: NotFound
  //   (no binaries), InvalidArgument (options), AlreadyExists (the port is
  //   taken), ResourceExhausted (disk full), PermissionDenied (read-only
  //   directory), FailedPrecondition (runs as root and cannot change that),
  //   Internal (the server ended), DeadlineExceeded.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Start(
      const ServerOptions& options = {});

  // What Start() finds out about the machine first, in some milliseconds. Who
  // starts many servers does it once.
  struct Host {
    Binaries binaries;
    RunAs run_as;
  };
  static absl::StatusOr<Host> FindHost(const ServerOptions& options);
  static absl::StatusOr<std::unique_ptr<PostgresServer>> StartOn(
      const Host& host, const ServerOptions& options);

  // Stops without a report.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Ends the server, its backends and its directory. Idempotent.
  absl::Status Stop();

  // OK while the server runs. FailedPrecondition after Stop(), Unavailable with
  // the end of its log where it died.
  absl::Status Health() const;

  // How clients connect, through the unix socket, as TemplateOptions::user.
  ConnectionParameters connection() const;
  std::string conninfo() const { return connection().ToConninfo(); }

  // The same as the superuser that owns the catalogs, for maintenance, with
  // kInternalOptions.
  ConnectionParameters internal_connection() const;

  // Of 127.0.0.1, where ServerOptions::loopback_port asked for it.
  absl::optional<int> loopback_port() const { return loopback_port_; }
  // The port in the name of the unix socket.
  int port() const { return port_; }

  pid_t pid() const { return pid_; }
  const Binaries& binaries() const { return binaries_; }
  const Baseline& baseline() const { return baseline_; }
  // Holds `data`, `log` and the unix socket.
  const std::string& directory() const { return path_; }
  std::string data_directory() const { return path_ + "/data"; }
  const std::string& socket_directory() const { return socket_directory_; }

 private:
  PostgresServer();
  absl::Status Launch(const ServerOptions& options, const RunAs& run_as);
  absl::Status StartError(absl::StatusCode code,
                          const std::string& command_line,
                          const std::string& what) const;

  Binaries binaries_;
  TemplateOptions template_options_;
  Baseline baseline_;
  std::string path_;
  std::string socket_directory_;
  int port_ = 0;
  absl::optional<int> loopback_port_;
  pid_t pid_ = 0;
  const pid_t owner_pid_;

  mutable absl::Mutex mutex_;
  // Destroyed in reverse: the process ends before its directory goes.
  std::unique_ptr<DataDirectory> directory_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<ServerProcess> process_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_SERVER_H_
