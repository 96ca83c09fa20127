// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/pgbouncer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/postgres/libpq.h"

namespace dsql_testing {
namespace {

constexpr char kProgram[] = "/usr/sbin/pgbouncer";
constexpr absl::Duration kStartTimeout = absl::Seconds(10);

void Run(const std::string& command) {
  if (system(command.c_str()) != 0) perror(command.c_str());
}

}  // namespace

bool Pgbouncer::IsInstalled() { return access(kProgram, X_OK) == 0; }

Pgbouncer::Pgbouncer(int port, int server_port)
    : port_(port),
      directory_(absl::StrCat("/tmp/pgbouncer-benchmark-", getpid())) {
  mkdir(directory_.c_str(), 0755);
  chmod(directory_.c_str(), 0777);  // It runs as another user than root.
  std::ofstream(directory_ + "/pgbouncer.ini")
      << "[databases]\n* = host=127.0.0.1 port=" << server_port
      << " user=admin\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = "
      << port << "\nauth_type = any\npool_mode = session\n"
      << "default_pool_size = 50\nunix_socket_dir =\nlogfile = " << directory_
      << "/log\npidfile = " << directory_ << "/pid\n";
  Run(absl::StrCat(kProgram, geteuid() == 0 ? " -u postgres" : "", " -d ",
                   directory_, "/pgbouncer.ini"));
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (PQping(conninfo().c_str()) != PQPING_OK && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(10));
}

Pgbouncer::~Pgbouncer() {
  Run(absl::StrCat("kill $(cat ", directory_, "/pid); rm -rf ", directory_));
}

std::string Pgbouncer::conninfo() const {
  return absl::StrCat("host=127.0.0.1 port=", port_,
                      " user=admin dbname=postgres sslmode=disable");
}

}  // namespace dsql_testing
