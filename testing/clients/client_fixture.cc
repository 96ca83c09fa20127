// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/client_fixture.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace dsql_testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);
constexpr absl::Duration kPollInterval = absl::Milliseconds(5);

}  // namespace

dsql::FakeDsqlOptions ClientTest::Options() {
  dsql::FakeDsqlOptions options = dsql::FakeDsqlOptions::Faithful();
  // The clients of these tests see tables that others make meanwhile.
  options.transactions.schema_conflicts = false;
  return options;
}

void ClientTest::SetUp() {
  FakeDsqlTest::SetUp();
  if (HasFatalFailure()) return;
  observer_ = Connect("observer");
}

Client ClientTest::NewClient() { return Connect(kClientName); }

Client ClientTest::Connect(const std::string& name) {
  const std::string conninfo =
      absl::StrCat(ConnectionInfo().ToConninfo(), " application_name=", name);
  Client client(PQconnectdb(conninfo.c_str()));
  EXPECT_EQ(PQstatus(client.get()), CONNECTION_OK)
      << PQerrorMessage(client.get());
  return client;
}

void ClientTest::Run(const std::string& sql) {
  const Answer answer(PQexec(observer_.get(), sql.c_str()));
  EXPECT_EQ(Expect(PGRES_COMMAND_OK, answer), "OK") << sql;
}

std::string ClientTest::Value(const std::string& sql) {
  const Answer answer(PQexec(observer_.get(), sql.c_str()));
  const std::string status = Expect(PGRES_TUPLES_OK, answer);
  if (status != "OK") return status;
  return PQntuples(answer.get()) == 0 ? "no row"
                                      : PQgetvalue(answer.get(), 0, 0);
}

int ClientTest::ServerSessions(const std::string& name) {
  int count = -1;
  const std::string text = Value(
      absl::StrCat("SELECT count(*) FROM pg_stat_activity WHERE usename = "
                   "'admin' AND application_name = '",
                   name, "'"));
  EXPECT_TRUE(absl::SimpleAtoi(text, &count)) << text;
  return count;
}

bool ClientTest::AwaitServerSessions(int count, const std::string& name) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (ServerSessions(name) != count) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(kPollInterval);
  }
  return true;
}

std::string Expect(ExecStatusType status, const Answer& answer) {
  if (PQresultStatus(answer.get()) == status) return "OK";
  return absl::StrCat(PQresStatus(PQresultStatus(answer.get())), " ",
                      PQresultErrorMessage(answer.get()));
}

}  // namespace dsql_testing
