// SPDX-License-Identifier: Apache-2.0

// What goes wrong on purpose, as a client sees it; and quotas of connections.

#include "dsql/gateway/session/connection_faults.h"

#include <poll.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/libpq.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::ConnectionFaults;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::testing::HasSubstr;
using ::testing::Not;

class ConnectionFaultsTest : public FakeDsqlTest {
 protected:
  ConnectionFaults& faults() { return cluster().connection_faults(); }

  Connection Open() { return *Connect(); }

  // Asks for a cancel until the statement is answered. Returns the SQLSTATE.
  std::string Cancelled(PGconn* client) {
    const std::unique_ptr<PGcancel, void (*)(PGcancel*)> cancel(
        PQgetCancel(client), PQfreeCancel);
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (PQisBusy(client) == 1) {
      if (absl::Now() > deadline) return "not cancelled";
      char error[256] = "";
      EXPECT_EQ(PQcancel(cancel.get(), error, sizeof(error)), 1) << error;
      pollfd socket = {PQsocket(client), POLLIN, 0};
      poll(&socket, 1, /*timeout=*/100);
      PQconsumeInput(client);
    }
    return NextState(client);
  }
  // The SQLSTATE of the next answer, "" where it is none of an error; nothing
  // is left of the statement then.
  std::string NextState(PGconn* client) {
    std::string state = "closed";
    while (PGresult* const result = PQgetResult(client)) {
      const char* const told = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      if (PQstatus(client) == CONNECTION_OK)
        state = told == nullptr ? "" : told;
      PQclear(result);
    }
    return state;
  }
  // An INSERT that a Flush follows, and not yet a Sync.
  void SendWithFlush(PGconn* client) {
    ASSERT_EQ(PQenterPipelineMode(client), 1);
    ASSERT_EQ(PQsendQueryParams(client, "INSERT INTO t VALUES (1)", 0, nullptr,
                                nullptr, nullptr, nullptr, 0),
              1);
    ASSERT_EQ(PQsendFlushRequest(client), 1);
    EXPECT_EQ(NextState(client), "");
  }

  std::string Rows() {
    return *(*Open().Execute("SELECT count(*) FROM t")).Scalar<std::string>();
  }

  void SetUp() override {
    FakeDsqlTest::SetUp();
    ASSERT_THAT(Open().Execute("CREATE TABLE t (i int)"), IsOk());
  }
};

TEST_F(ConnectionFaultsTest, ConnectionsAreDroppedNow) {
  Connection connection = Open();
  EXPECT_THAT(faults().DropConnections(), IsOk());
  EXPECT_THAT(connection.Execute("SELECT 1"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Open().Execute("SELECT 1"), IsOk());
}

TEST_F(ConnectionFaultsTest, NewConnectionsAreRefused) {
  EXPECT_THAT(faults().RefuseConnections(2), IsOk());
  EXPECT_THAT(Connect().status().ToString(), HasSubstr("please retry later"));
  EXPECT_THAT(Connect(), Not(IsOk()));
  EXPECT_THAT(Connect(), IsOk());
}

// The statement goes on, and its answer would be in the way of the next one's.
TEST_F(ConnectionFaultsTest, WhoMayNotCancelIsToldThatTheConnectionIsClosed) {
  Connection connection = Open();
  connection.set_statement_timeout(absl::Milliseconds(20));
  EXPECT_THAT(faults().RefuseConnections(1), IsOk());
  EXPECT_THAT(connection.Execute("SELECT pg_sleep(60)").status().ToString(),
              HasSubstr("could not be cancelled"));
  EXPECT_EQ(connection.raw(), nullptr);
}

TEST_F(ConnectionFaultsTest, DropAfterStatementsLosesTheAnswerOfTheLast) {
  Connection connection = Open();
  EXPECT_THAT(faults().DropAfterStatements(2), IsOk());
  EXPECT_THAT(connection.Execute("INSERT INTO t VALUES (1)"), IsOk());
  EXPECT_THAT(connection.Execute("INSERT INTO t VALUES (2)"), Not(IsOk()));
  EXPECT_EQ(Rows(), "2");
}

TEST_F(ConnectionFaultsTest, DropBeforeCommitRollsBack) {
  Connection connection = Open();
  EXPECT_THAT(faults().DropBeforeCommit(), IsOk());
  ASSERT_THAT(connection.Execute("BEGIN"), IsOk());
  ASSERT_THAT(connection.Execute("INSERT INTO t VALUES (1)"), IsOk());
  EXPECT_THAT(connection.Execute("COMMIT"), Not(IsOk()));
  EXPECT_EQ(Rows(), "0");
}

TEST_F(ConnectionFaultsTest, DropAfterCommitHasCommitted) {
  Connection connection = Open();
  EXPECT_THAT(faults().DropAfterCommit(), IsOk());
  ASSERT_THAT(connection.Execute("BEGIN"), IsOk());
  ASSERT_THAT(connection.Execute("INSERT INTO t VALUES (1)"), IsOk());
  EXPECT_THAT(connection.Execute("COMMIT"), Not(IsOk()));
  EXPECT_EQ(Rows(), "1");
}

TEST_F(ConnectionFaultsTest, DelayedStatementCanTimeOut) {
  Connection connection = Open();
  connection.set_statement_timeout(absl::Milliseconds(20));
  EXPECT_THAT(faults().DelayStatements(absl::Hours(1), 1), IsOk());
  EXPECT_THAT(connection.Execute("SELECT 1"), Not(IsOk()));
  faults().Clear();
  EXPECT_THAT(Open().Execute("SELECT 1"), IsOk());
}

TEST_F(ConnectionFaultsTest, DelayedStatementCanBeCancelled) {
  const Connection connection = Open();
  PGconn* const client = connection.raw();
  EXPECT_THAT(faults().DelayStatements(absl::Hours(1), 2), IsOk());
  ASSERT_EQ(PQsendQuery(client, "INSERT INTO t VALUES (1)"), 1);
  EXPECT_EQ(Cancelled(client), "57014");
  ASSERT_EQ(PQsendQueryParams(client, "INSERT INTO t VALUES (2)", 0, nullptr,
                              nullptr, nullptr, nullptr, 0),
            1);
  EXPECT_EQ(Cancelled(client), "57014");
  ASSERT_EQ(PQsendQuery(client, "INSERT INTO t VALUES (3)"), 1);
  EXPECT_EQ(NextState(client), "");
  EXPECT_EQ(Rows(), "1");
}

TEST_F(ConnectionFaultsTest, DelayedStatementOfABlockCanBeCancelled) {
  Connection connection = Open();
  PGconn* const client = connection.raw();
  ASSERT_THAT(connection.Execute("BEGIN"), IsOk());
  ASSERT_THAT(connection.Execute("INSERT INTO t VALUES (1)"), IsOk());
  EXPECT_THAT(faults().DelayStatements(absl::Hours(1), 1), IsOk());
  ASSERT_EQ(PQsendQuery(client, "SELECT 1"), 1);
  EXPECT_EQ(Cancelled(client), "57014");
  EXPECT_EQ(PQtransactionStatus(client), PQTRANS_INERROR);
  ASSERT_THAT(connection.Execute("ROLLBACK"), IsOk());
  EXPECT_EQ(Rows(), "0");
}

// What a Flush has answered is committed by the Sync.
TEST_F(ConnectionFaultsTest, DropAfterCommitOfASync) {
  const Connection connection = Open();
  EXPECT_THAT(faults().DropAfterCommit(), IsOk());
  SendWithFlush(connection.raw());
  ASSERT_EQ(PQpipelineSync(connection.raw()), 1);
  EXPECT_EQ(NextState(connection.raw()), "closed");
  EXPECT_EQ(Rows(), "1");
}

TEST_F(ConnectionFaultsTest, DropBeforeCommitOfASync) {
  const Connection connection = Open();
  EXPECT_THAT(faults().DropBeforeCommit(), IsOk());
  SendWithFlush(connection.raw());
  ASSERT_EQ(PQpipelineSync(connection.raw()), 1);
  EXPECT_EQ(NextState(connection.raw()), "closed");
  EXPECT_EQ(Rows(), "0");
}

class ConnectionQuotasTest : public FakeDsqlTest {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options = FakeDsqlOptions::Faithful();
    options.gateway.quotas.connections = 2;
    return options;
  }
};

TEST_F(ConnectionQuotasTest, OneConnectionTooManyIsRefused) {
  const auto first = Connect();
  {
    const auto second = Connect();
    EXPECT_THAT(
        Connect().status().ToString(),
        HasSubstr("Unable to accept connection, too many open connections."));
  }
}

}  // namespace
}  // namespace dsql_testing
