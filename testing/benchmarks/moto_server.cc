// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/moto_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "boost/json.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/child_process.h"
#include "dsql/postgres/command.h"
#include "testing/benchmarks/free_port.h"
#include "testing/benchmarks/http_load.h"
#include "testing/http_client.h"

namespace dsql_testing {
namespace {

constexpr char kPython[] = "/usr/bin/python3";
constexpr absl::Duration kStartTimeout = absl::Seconds(30);

bool IsListening(int port) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool listening =
      connect(socket_fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0;
  close(socket_fd);
  return listening;
}

bool IsInstalled() {
  dsql::postgres::Command command;
  command.argv = {kPython, "-c", "import moto.server"};
  return access(kPython, X_OK) == 0 && dsql::postgres::RunCommand(command).ok();
}

}  // namespace

absl::StatusOr<std::unique_ptr<MotoServer>> MotoServer::Start() {
  if (!IsInstalled()) {
    return absl::NotFoundError("Python has no moto.server");
  }
  const int port = FreePort();
  dsql::postgres::ChildSpec child;
  child.argv = {kPython, "-m", "moto.server", "-p", absl::StrCat(port)};
  child.parent_death_signal = SIGKILL;
  DSQL_ASSIGN_OR_RETURN(const pid_t pid, dsql::postgres::SpawnChild(child));
  auto server = absl::WrapUnique(new MotoServer(pid, port));
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (!IsListening(port)) {
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError("moto's server does not answer");
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return server;
}

MotoServer::~MotoServer() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

absl::StatusOr<std::string> MotoServer::CreateCluster() {
  const dsql::FakeDsqlOptions options;
  HttpClient client(port_);
  client.Send(SignedRequest(options, "POST", "/cluster", "{}"));
  const HttpAnswer answer = client.ReadAnswer();
  boost::json::error_code error;
  const boost::json::value created = boost::json::parse(answer.body, error);
  const boost::json::object* const object = created.if_object();
  const boost::json::value* const identifier =
      object == nullptr ? nullptr : object->if_contains("identifier");
  if (answer.status != 200 || identifier == nullptr ||
      !identifier->is_string()) {
    return absl::InternalError(absl::StrCat(
        "moto creates no cluster: ", answer.status, " ", answer.body));
  }
  return SignedRequest(
      options, "GET",
      absl::StrCat("/cluster/", identifier->as_string().c_str()));
}

}  // namespace dsql_testing
