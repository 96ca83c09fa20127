// SPDX-License-Identifier: Apache-2.0

// A cluster for programs that are no part of this project.

#ifndef TESTING_CLIENTS_CLIENT_FIXTURE_H_
#define TESTING_CLIENTS_CLIENT_FIXTURE_H_

#include <memory>
#include <string>

#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/libpq.h"
#include "dsql/testing/fake_dsql_fixture.h"

namespace dsql_testing {

struct ConnectionCloser {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Client = std::unique_ptr<PGconn, ConnectionCloser>;

struct ResultClearer {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ResultClearer>;

// The application_name of the tests' clients.
inline constexpr char kClientName[] = "client";

class ClientTest : public FakeDsqlTest {
 protected:
  dsql::FakeDsqlOptions Options() override;
  void SetUp() override;

  // With TLS and a token; the test fails where it is refused.
  Client NewClient();

  // Runs statements, each in a transaction of its own, as `admin`.
  void Run(const std::string& sql);

  // One value.
  std::string Value(const std::string& sql);

  // The server's sessions of this application_name.
  int ServerSessions(const std::string& name = kClientName);
  // Returns whether they became so many in time.
  bool AwaitServerSessions(int count, const std::string& name = kClientName);

 private:
  Client Connect(const std::string& name);

  Client observer_;
};

// "OK" where the answer has `status`; else what it has instead.
std::string Expect(ExecStatusType status, const Answer& answer);

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_CLIENT_FIXTURE_H_
