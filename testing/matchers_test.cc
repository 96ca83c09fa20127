// SPDX-License-Identifier: Apache-2.0

// The matchers of the test kit on what clients of a cluster get.

#include <poll.h>

#include <memory>
#include <string>

#include "dsql/gateway/session/connection_faults.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/libpq.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::Connection;
using ::testing::_;
using ::testing::HasSubstr;
using ::testing::Not;

using ResultPtr = std::unique_ptr<PGresult, void (*)(PGresult*)>;
using ConnectionPtr = std::unique_ptr<PGconn, void (*)(PGconn*)>;

class MatchersTest : public FakeDsqlTest {
 protected:
  // A conninfo string that the cluster refuses.
  std::string Refused() {
    auto info = ConnectionInfo();
    info.password = "no token";
    return info.ToConninfo();
  }
};

// Connects as Connection does, with verbose errors.
ConnectionPtr ConnectVerbosely(const std::string& conninfo) {
  ConnectionPtr connection(PQconnectStart(conninfo.c_str()), PQfinish);
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd socket = {PQsocket(connection.get()), events, 0};
    if (poll(&socket, 1, /*timeout=*/30000) <= 0) break;
    state = PQconnectPoll(connection.get());
  }
  return connection;
}

TEST_F(MatchersTest, ARefusedConnectionHasItsSqlState) {
  EXPECT_THAT(Connection::Open(Refused()),
              IsSqlError("28000", HasSubstr("access denied"),
                         HasSubstr("no authentication token")));
  ASSERT_THAT(cluster().connection_faults().RefuseConnections(1), IsOk());
  EXPECT_THAT(Connect(), IsSqlError("08006", HasSubstr("retry later")));
}

TEST_F(MatchersTest, ARefusedPgconnHasWhatLibpqKept) {
  EXPECT_THAT(ConnectVerbosely(Refused()),
              IsSqlError("28000", "unable to accept connection, access denied",
                         HasSubstr("no authentication token")));
  const ConnectionPtr plain(PQconnectdb(Refused().c_str()), PQfinish);
  EXPECT_THAT(plain, IsSqlError(_, HasSubstr("access denied")));
  const ConnectionPtr open = ConnectVerbosely(ConnectionInfo().ToConninfo());
  EXPECT_THAT(open, Not(IsSqlError(_)));
}

TEST_F(MatchersTest, LibpqsResultsAreTakenAsTheyAre) {
  DSQL_ASSERT_OK_AND_ASSIGN(Connection connection, Connect());
  const ResultPtr rows(
      PQexec(connection.raw(), "SELECT 1, 'a', true, NULL, 2.50"), PQclear);
  EXPECT_THAT(rows, RowsAre({{1, "a", true, nullptr, 2.5}}));
  EXPECT_THAT(rows.get(), Not(IsSqlError(_)));
  const ResultPtr error(PQexec(connection.raw(), "SELECT nosuch"), PQclear);
  EXPECT_THAT(error, IsSqlError("42703", HasSubstr("nosuch")));
  EXPECT_THAT(error, Not(IsEmptyResult()));
}

}  // namespace
}  // namespace dsql_testing
