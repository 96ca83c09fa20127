// SPDX-License-Identifier: Apache-2.0

// What can be chosen of servers and of the pool that lends them. Values only:
// who starts them is in server.h and server_pool.h.

#ifndef DSQL_POSTGRES_SERVER_OPTIONS_H_
#define DSQL_POSTGRES_SERVER_OPTIONS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace dsql::postgres {

// Where PostgreSQL's programs are looked for.
struct BinariesOptions {
  // The directory that holds `postgres` and `initdb`. Where it is set, nothing
  // else is tried. Empty: search, as FindBinaries() says.
  std::string bin_dir;

  // The directories that stand for /usr/lib/postgresql/*/bin.
  std::string versions_dir = "/usr/lib/postgresql";
};

// What a new server has in it.
struct TemplateOptions {
  // The role that clients log in as. It owns `database` and has CREATEROLE.
  std::string user = "admin";
  bool user_is_superuser = false;
  // The only database of the server: there is neither template0 nor template1,
  // so CREATE DATABASE does not work.
  std::string database = "postgres";

  // SQL that is run once in the new database, by kInternalUser, before the
  // template is frozen: what it makes is part of every copy. It may define a
  // function dsql_internal.reset(), which DatabaseReset then calls: what
  // clients write to tables made here is not in the catalogs, so it has to be
  // deleted there. A semicolon with an empty line after it means no more than
  // one without.
  std::string bootstrap_sql;

  // Where templates are kept. Empty: a directory of mode 0700 named for the
  // uid, in the first of /dev/shm, TEST_TMPDIR, TMPDIR and /tmp that can be
  // written and has room.
  std::string cache_directory;
  // Half a second is usual; a loaded machine takes longer.
  absl::Duration build_timeout = absl::Seconds(120);
};

// Where the data of servers is.
struct DataDirectoryOptions {
  // Where directories are made. Empty: /dev/shm where it can be written and has
  // room, else the first of TEST_TMPDIR, TMPDIR and /tmp.
  std::string parent;
  // /dev/shm has room with this many bytes free. Containers often give it 64
  // MB.
  int64_t min_shm_free_bytes = int64_t{256} << 20;
};

// Who servers run as.
enum class RunAsMode {
  // kSelf where this process is an ordinary user; else kUserNamespace where the
  // kernel allows it, else kSetUid.
  kAuto,
  // As this process.
  kSelf,
  // In a user namespace that shows this process's uid as another one. Files
  // keep their owner. The only way inside Bazel's sandbox, which maps no other
  // uid; forbidden by the seccomp profile of some containers.
  kUserNamespace,
  // As the user `postgres`, or `nobody`. Needs root; files belong to that user.
  kSetUid,
};

// One server.
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
  // full_page_writes, autovacuum and jit off, 16 MB shared_buffers, wal_level
  // logical, 600 connections, restart_after_crash off). For example
  // {{"max_prepared_transactions", "10"}}.
  std::map<std::string, std::string> settings;

  // From the start of the process until it accepts connections; 40 ms is usual.
  absl::Duration start_timeout = absl::Seconds(60);
};

// Servers that are lent to one cluster at a time.
struct ServerPoolOptions {
  // How servers are started. A loopback_port other than 0 serves only one.
  ServerOptions server;

  // Where it is set, no server is started: every lease is a database that is
  // made on the server there, by a user with CREATEDB, and dropped afterwards.
  // With server.template_options.bootstrap_sql that user must be a superuser,
  // and clients log in as template_options.user; see CheckExternalServer().
  std::string external_conninfo;

  // Unused servers beyond this number are stopped instead of reset. One takes
  // about 15 MB of memory and 10 MB of /dev/shm.
  int max_idle_servers = 4;

  // Unused servers that are kept ready, once a lease has been given back and
  // another one taken: from then on somebody's next lease costs nothing while
  // the one before is reset. 0 for none.
  int spare_servers = 1;

  // How long Acquire() waits for a server that is being reset or started.
  absl::Duration acquire_timeout = absl::Seconds(90);
};

// Equal options make servers that cannot be told apart.
bool operator==(const ServerPoolOptions& a, const ServerPoolOptions& b);
inline bool operator!=(const ServerPoolOptions& a, const ServerPoolOptions& b) {
  return !(a == b);
}

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_SERVER_OPTIONS_H_
