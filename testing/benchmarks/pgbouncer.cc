// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/pgbouncer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/postgres/libpq.h"
#include "testing/benchmarks/free_port.h"

namespace dsql_testing {
namespace {

constexpr char kProgram[] = "/usr/sbin/pgbouncer";
constexpr absl::Duration kStartTimeout = absl::Seconds(10);

void Run(const std::string& command) {
  if (system(command.c_str()) != 0) perror(command.c_str());
}

void WriteSettings(const std::string& directory, int port, int server_port) {
  std::ofstream(directory + "/pgbouncer.ini")
      << "[databases]\n* = host=127.0.0.1 port=" << server_port
      << " user=admin\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = "
      << port << "\nauth_type = any\npool_mode = session\n"
      << "default_pool_size = 50\nunix_socket_dir =\nlogfile = " << directory
      << "/log\npidfile = " << directory << "/pid\n";
}

}  // namespace

absl::StatusOr<std::unique_ptr<Pgbouncer>> Pgbouncer::Start(int server_port) {
  if (access(kProgram, X_OK) != 0) {
    return absl::NotFoundError("package pgbouncer is not installed");
  }
  std::string directory = "/tmp/pgbouncer-benchmark-XXXXXX";
  if (mkdtemp(&directory[0]) == nullptr) {
    return absl::InternalError("cannot make " + directory);
  }
  chmod(directory.c_str(), 0777);  // It runs as another user than root.
  const int port = FreePort();
  WriteSettings(directory, port, server_port);
  auto bouncer = absl::WrapUnique(new Pgbouncer(port, directory));
  Run(absl::StrCat(kProgram, geteuid() == 0 ? " -u postgres" : "", " -d ",
                   directory, "/pgbouncer.ini"));
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (PQping(bouncer->conninfo().c_str()) != PQPING_OK) {
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError("pgbouncer does not answer");
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return bouncer;
}

Pgbouncer::Pgbouncer(int port, const std::string& directory)
    : port_(port), directory_(directory) {}

Pgbouncer::~Pgbouncer() {
  Run(absl::StrCat("kill $(cat ", directory_, "/pid); rm -rf ", directory_));
}

std::string Pgbouncer::conninfo() const {
  return absl::StrCat("host=127.0.0.1 port=", port_,
                      " user=admin dbname=postgres sslmode=disable");
}

}  // namespace dsql_testing
