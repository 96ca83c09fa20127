// SPDX-License-Identifier: Apache-2.0

// A PostgreSQL server: a child process, with data that nobody keeps or with
// data that is durable.

#ifndef DSQL_POSTGRES_SERVER_H_
#define DSQL_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <functional>
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
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/server_process.h"
#include "dsql/postgres/template_cache.h"

namespace dsql::postgres {

// The server is gone when this object, or the process that holds it, is: the
// destructor, a crash and SIGKILL leave neither a process nor a directory of
// its own. Durable data is in one of somebody else's.
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

  // What Start() finds out about the machine first.
  struct Host {
    Binaries binaries;
    RunAs run_as;
  };
  static absl::StatusOr<Host> FindHost(const ServerOptions& options);
  // Makes `to`, which does not exist, the data directory of a new server.
  using MakeData = std::function<absl::StatusOr<Baseline>(
      const RunAs& run_as, const std::string& to)>;
  // Without `make_data` the server has what CloneTemplate() makes.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> StartOn(
      const Host& host, const ServerOptions& options,
      const MakeData& make_data = nullptr);

  // Data that is there before the server and stays after it.
  struct DurableDirectory {
    // The data directory, made by CloneTemplate() or CopyData(). No other
    // server runs in it.
    std::string path;
    // Inherited by each process of the server; not owned.
    int lock_fd = -1;
  };
  // The server writes through to the disk (fsync), and Stop() ends it with a
  // checkpoint.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> StartOnDurable(
      const Host& host, const ServerOptions& options, DurableDirectory data);

  // Stops without a report.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Ends the server, its backends and its directory. Idempotent.
  absl::Status Stop();

  // Ends the server with a checkpoint; its directory stays until Stop().
  // Idempotent.
  absl::Status ShutDown();

  // Ends the server at once: nothing more is committed when it returns. Its
  // directory stays until Stop(). Idempotent.
  absl::Status Abort();

  // Leaves the server running, beyond the end of this process, and says how to
  // look at it and how to end it, which removes its directory as well. To be
  // called in the place of Stop(); the object is as if stopped then.
  //
  // Errors: FailedPrecondition where it was stopped; those of the disk.
  absl::StatusOr<std::string> Keep();

  // Makes `to`, which must not exist, a copy of the data directory as it is at
  // one moment, in which the server stands still: what PostgreSQL finds after
  // the machine's power failed. What is committed but not yet written is not in
  // it, so run CHECKPOINT first.
  //
  // Errors: FailedPrecondition after Stop(); Unavailable where the server died;
  //   DeadlineExceeded; those of the disk.
  absl::Status CopyData(const std::string& to) const;

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
  // Holds `log`, the unix socket and, unless it is durable, `data`.
  const std::string& directory() const { return path_; }
  std::string data_directory() const {
    return durable_.has_value() ? durable_->path : path_ + "/data";
  }
  const std::string& socket_directory() const { return socket_directory_; }

 private:
  PostgresServer();
  absl::Status MakeDirectory(const Host& host, const ServerOptions& options);
  absl::Status LaunchOnPort(const ServerOptions& options, const RunAs& run_as);
  absl::Status Launch(const ServerOptions& options, const RunAs& run_as);
  // What is left of the data is of use to the next server; `data` may be gone
  // then.
  void GiveBackData();
  absl::Status Living() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status StartError(absl::StatusCode code,
                          const std::string& command_line,
                          const std::string& what) const;

  Binaries binaries_;
  TemplateOptions template_options_;
  absl::optional<DurableDirectory> durable_;
  RunAs run_as_;
  Baseline baseline_;
  // The template that the data was made from; empty for other data.
  std::string origin_;
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
