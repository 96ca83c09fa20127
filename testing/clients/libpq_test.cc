// SPDX-License-Identifier: Apache-2.0

// PostgreSQL's C library: each of its ways to ask for something.

#include "dsql/postgres/libpq.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(30);

class LibpqTest : public ClientTest {
 protected:
  void SetUp() override {
    ClientTest::SetUp();
    if (HasFatalFailure()) return;
    client_ = NewClient();
  }

  Answer Exec(const std::string& sql) {
    return Answer(PQexec(client_.get(), sql.c_str()));
  }
  Answer Next() { return Answer(PQgetResult(client_.get())); }

  // Waits until the socket can be read, or written to as well.
  bool AwaitSocket(bool writing) {
    const short events = static_cast<short>(POLLIN | (writing ? POLLOUT : 0));
    pollfd socket = {PQsocket(client_.get()), events, 0};
    return poll(&socket, 1, absl::ToInt64Milliseconds(kPatience)) == 1;
  }

  // What a client does that must not block: sends and receives in turn.
  bool Pump() {
    const int pending = PQflush(client_.get());
    return pending >= 0 && AwaitSocket(pending == 1) &&
           PQconsumeInput(client_.get()) == 1;
  }

  Client client_;
};

TEST_F(LibpqTest, SeveralStatementsInOneQuery) {
  ASSERT_EQ(PQsendQuery(client_.get(), "SELECT 1; SELECT 2, 3"), 1);
  Answer answer = Next();
  EXPECT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
  EXPECT_EQ(PQnfields(answer.get()), 1);
  answer = Next();
  EXPECT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
  EXPECT_EQ(PQnfields(answer.get()), 2);
  EXPECT_EQ(Next(), nullptr);
}

TEST_F(LibpqTest, AnEmptyQuery) {
  EXPECT_EQ(Expect(PGRES_EMPTY_QUERY, Exec("")), "OK");
  EXPECT_EQ(Expect(PGRES_EMPTY_QUERY, Exec(" ; ")), "OK");
}

TEST_F(LibpqTest, ErrorsHaveTheirFields) {
  const Answer answer = Exec("SELECT nothing");
  EXPECT_STREQ(PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE), "42703");
  EXPECT_STREQ(PQresultErrorField(answer.get(), PG_DIAG_STATEMENT_POSITION),
               "8");
  EXPECT_EQ(Expect(PGRES_TUPLES_OK, Exec("SELECT 1")), "OK");
}

TEST_F(LibpqTest, ATransactionThatFailed) {
  Exec("BEGIN");
  EXPECT_EQ(PQtransactionStatus(client_.get()), PQTRANS_INTRANS);
  Exec("SELECT 1/0");
  EXPECT_EQ(PQtransactionStatus(client_.get()), PQTRANS_INERROR);
  const Answer refused = Exec("SELECT 1");
  EXPECT_STREQ(PQresultErrorField(refused.get(), PG_DIAG_SQLSTATE), "25P02");
  EXPECT_STREQ(PQcmdStatus(Exec("COMMIT").get()), "ROLLBACK");
  EXPECT_EQ(PQtransactionStatus(client_.get()), PQTRANS_IDLE);
}

TEST_F(LibpqTest, ParametersAndResultsInBinary) {
  const uint32_t number = htonl(40);
  const char* values[] = {reinterpret_cast<const char*>(&number), "two"};
  const int lengths[] = {sizeof(number), 3};
  const int formats[] = {1, 0};
  const Oid types[] = {23, 25};
  const Answer answer(PQexecParams(client_.get(), "SELECT $1 + 2, $2 || '!'", 2,
                                   types, values, lengths, formats, 1));
  ASSERT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
  ASSERT_EQ(PQfformat(answer.get(), 0), 1);
  uint32_t sum;
  ASSERT_EQ(PQgetlength(answer.get(), 0, 0), 4);
  std::memcpy(&sum, PQgetvalue(answer.get(), 0, 0), sizeof(sum));
  EXPECT_EQ(ntohl(sum), 42u);
  EXPECT_STREQ(PQgetvalue(answer.get(), 0, 1), "two!");
}

TEST_F(LibpqTest, NullAsAParameter) {
  const char* values[] = {nullptr};
  const Answer answer(PQexecParams(client_.get(), "SELECT $1::text", 1, nullptr,
                                   values, nullptr, nullptr, 0));
  EXPECT_EQ(PQgetisnull(answer.get(), 0, 0), 1);
}

TEST_F(LibpqTest, PreparedStatements) {
  const Answer prepared(
      PQprepare(client_.get(), "add", "SELECT $1::int + $2", 2, nullptr));
  ASSERT_EQ(Expect(PGRES_COMMAND_OK, prepared), "OK");
  const Answer description(PQdescribePrepared(client_.get(), "add"));
  EXPECT_EQ(PQnparams(description.get()), 2);
  EXPECT_EQ(PQnfields(description.get()), 1);
  for (int i = 0; i < 10; ++i) {
    const std::string left = absl::StrCat(i);
    const char* values[] = {left.c_str(), "1"};
    const Answer answer(
        PQexecPrepared(client_.get(), "add", 2, values, nullptr, nullptr, 0));
    ASSERT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
    EXPECT_EQ(PQgetvalue(answer.get(), 0, 0), absl::StrCat(i + 1));
  }
  const Answer again(PQprepare(client_.get(), "add", "SELECT 1", 0, nullptr));
  EXPECT_STREQ(PQresultErrorField(again.get(), PG_DIAG_SQLSTATE), "42P05");
}

TEST_F(LibpqTest, RowByRow) {
  ASSERT_EQ(PQsendQuery(client_.get(),
                        "SELECT i, repeat('x', 100) FROM "
                        "generate_series(1, 20000) AS s(i)"),
            1);
  ASSERT_EQ(PQsetSingleRowMode(client_.get()), 1);
  int rows = 0;
  Answer answer = Next();
  while (PQresultStatus(answer.get()) == PGRES_SINGLE_TUPLE) {
    ++rows;
    answer = Next();
  }
  EXPECT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
  EXPECT_EQ(rows, 20000);
  EXPECT_EQ(Next(), nullptr);
}

TEST_F(LibpqTest, LargeRows) {
  const Answer answer =
      Exec("SELECT repeat('x', 900000) FROM generate_series(1, 30)");
  ASSERT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
  ASSERT_EQ(PQntuples(answer.get()), 30);
  EXPECT_EQ(PQgetlength(answer.get(), 29, 0), 900000);
}

TEST_F(LibpqTest, ALargeParameter) {
  const std::string value(900000, 'y');
  const char* values[] = {value.c_str()};
  const Answer answer(PQexecParams(client_.get(), "SELECT $1::text", 1, nullptr,
                                   values, nullptr, nullptr, 0));
  ASSERT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
  EXPECT_EQ(PQgetvalue(answer.get(), 0, 0), value);
}

TEST_F(LibpqTest, WithoutBlocking) {
  ASSERT_EQ(PQsetnonblocking(client_.get(), 1), 0);
  ASSERT_EQ(PQsendQuery(client_.get(), "SELECT 'async'"), 1);
  while (PQisBusy(client_.get())) ASSERT_TRUE(Pump());
  const Answer answer = Next();
  ASSERT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
  EXPECT_STREQ(PQgetvalue(answer.get(), 0, 0), "async");
}

TEST_F(LibpqTest, ConnectingWithoutBlocking) {
  Client client(PQconnectStart(ConnectionInfo().ToConninfo().c_str()));
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd socket = {PQsocket(client.get()), events, 0};
    ASSERT_EQ(poll(&socket, 1, absl::ToInt64Milliseconds(kPatience)), 1);
    state = PQconnectPoll(client.get());
  }
  EXPECT_EQ(state, PGRES_POLLING_OK) << PQerrorMessage(client.get());
}

TEST_F(LibpqTest, CopyInAndOut) {
  Run("CREATE TABLE t (id int PRIMARY KEY, name text)");
  ASSERT_EQ(Expect(PGRES_COPY_IN, Exec("COPY t FROM STDIN")), "OK");
  for (int i = 0; i < 1000; ++i) {
    const std::string line = absl::StrCat(i, "\tname ", i, "\n");
    ASSERT_EQ(PQputCopyData(client_.get(), line.data(), line.size()), 1);
  }
  ASSERT_EQ(PQputCopyEnd(client_.get(), nullptr), 1);
  EXPECT_STREQ(PQcmdStatus(Next().get()), "COPY 1000");
  EXPECT_EQ(Next(), nullptr);

  ASSERT_EQ(Expect(PGRES_COPY_OUT, Exec("COPY t TO STDOUT")), "OK");
  int lines = 0;
  char* line = nullptr;
  while (PQgetCopyData(client_.get(), &line, 0) > 0) {
    ++lines;
    PQfreemem(line);
  }
  EXPECT_EQ(lines, 1000);
  EXPECT_STREQ(PQcmdStatus(Next().get()), "COPY 1000");
  EXPECT_EQ(Next(), nullptr);
}

TEST_F(LibpqTest, ACopyThatTheClientGivesUp) {
  Run("CREATE TABLE t (id int PRIMARY KEY)");
  ASSERT_EQ(Expect(PGRES_COPY_IN, Exec("COPY t FROM STDIN")), "OK");
  ASSERT_EQ(PQputCopyData(client_.get(), "1\n", 2), 1);
  ASSERT_EQ(PQputCopyEnd(client_.get(), "changed my mind"), 1);
  const Answer answer = Next();
  EXPECT_STREQ(PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE), "57014");
  EXPECT_THAT(PQresultErrorMessage(answer.get()), HasSubstr("changed my mind"));
  EXPECT_EQ(Next(), nullptr);
  EXPECT_EQ(Value("SELECT count(*) FROM t"), "0");
}

TEST_F(LibpqTest, ACopyThatFails) {
  Run("CREATE TABLE t (id int PRIMARY KEY)");
  ASSERT_EQ(Expect(PGRES_COPY_IN, Exec("COPY t FROM STDIN")), "OK");
  for (const char* line : {"1\n", "one\n", "2\n"}) {
    ASSERT_EQ(PQputCopyData(client_.get(), line, std::strlen(line)), 1);
  }
  PQputCopyEnd(client_.get(), nullptr);
  const Answer answer = Next();
  EXPECT_STREQ(PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE), "22P02");
  EXPECT_EQ(Next(), nullptr);
  EXPECT_EQ(Expect(PGRES_TUPLES_OK, Exec("SELECT 1")), "OK");
}

TEST_F(LibpqTest, Pipeline) {
  ASSERT_EQ(PQenterPipelineMode(client_.get()), 1);
  for (int i = 0; i < 100; ++i) {
    const std::string value = absl::StrCat(i);
    const char* values[] = {value.c_str()};
    ASSERT_EQ(PQsendQueryParams(client_.get(), "SELECT $1::int", 1, nullptr,
                                values, nullptr, nullptr, 0),
              1);
  }
  ASSERT_EQ(PQpipelineSync(client_.get()), 1);
  for (int i = 0; i < 100; ++i) {
    const Answer answer = Next();
    ASSERT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
    EXPECT_EQ(PQgetvalue(answer.get(), 0, 0), absl::StrCat(i));
    EXPECT_EQ(Next(), nullptr);
  }
  EXPECT_EQ(Expect(PGRES_PIPELINE_SYNC, Next()), "OK");
  EXPECT_EQ(PQexitPipelineMode(client_.get()), 1);
}

TEST_F(LibpqTest, AnErrorInAPipelineEndsItUntilSync) {
  ASSERT_EQ(PQenterPipelineMode(client_.get()), 1);
  const auto send = [&](const char* sql) {
    ASSERT_EQ(PQsendQueryParams(client_.get(), sql, 0, nullptr, nullptr,
                                nullptr, nullptr, 0),
              1);
  };
  send("SELECT 1");
  send("SELECT 1/0");
  send("SELECT 2");
  ASSERT_EQ(PQpipelineSync(client_.get()), 1);
  send("SELECT 3");
  ASSERT_EQ(PQpipelineSync(client_.get()), 1);
  const std::vector<ExecStatusType> expected = {
      PGRES_TUPLES_OK,     PGRES_FATAL_ERROR, PGRES_PIPELINE_ABORTED,
      PGRES_PIPELINE_SYNC, PGRES_TUPLES_OK,   PGRES_PIPELINE_SYNC};
  for (ExecStatusType status : expected) {
    EXPECT_EQ(Expect(status, Next()), "OK");
    if (status == PGRES_PIPELINE_SYNC) continue;
    EXPECT_EQ(Next(), nullptr);
  }
}

TEST_F(LibpqTest, AFlushAnswersBeforeTheSync) {
  ASSERT_EQ(PQenterPipelineMode(client_.get()), 1);
  ASSERT_EQ(PQsendQueryParams(client_.get(), "SELECT 1", 0, nullptr, nullptr,
                              nullptr, nullptr, 0),
            1);
  ASSERT_EQ(PQsendFlushRequest(client_.get()), 1);
  ASSERT_EQ(PQflush(client_.get()), 0);
  EXPECT_EQ(Expect(PGRES_TUPLES_OK, Next()), "OK");
  EXPECT_EQ(Next(), nullptr);
  ASSERT_EQ(PQpipelineSync(client_.get()), 1);
  EXPECT_EQ(Expect(PGRES_PIPELINE_SYNC, Next()), "OK");
}

// More than fits into the buffers on the way, in both directions.
TEST_F(LibpqTest, ALongPipelineWithLargeAnswers) {
  constexpr int kQueries = 8000;
  ASSERT_EQ(PQsetnonblocking(client_.get(), 1), 0);
  ASSERT_EQ(PQenterPipelineMode(client_.get()), 1);
  for (int i = 0; i < kQueries; ++i) {
    ASSERT_EQ(PQsendQueryParams(client_.get(), "SELECT repeat('x', 4000)", 0,
                                nullptr, nullptr, nullptr, nullptr, 0),
              1);
  }
  ASSERT_EQ(PQpipelineSync(client_.get()), 1);
  const absl::Time deadline = absl::Now() + kPatience;
  int answers = 0;
  bool synced = false;
  while (!synced) {
    ASSERT_LT(absl::Now(), deadline) << "after " << answers << " answers";
    while (PQisBusy(client_.get())) {
      ASSERT_TRUE(Pump()) << "after " << answers << " answers";
    }
    const Answer answer = Next();
    if (answer == nullptr) continue;
    synced = PQresultStatus(answer.get()) == PGRES_PIPELINE_SYNC;
    if (synced) break;
    ASSERT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
    ++answers;
  }
  EXPECT_EQ(answers, kQueries);
}

TEST_F(LibpqTest, CancelEndsTheStatementAndNotTheSession) {
  ASSERT_EQ(PQsendQuery(client_.get(), "SELECT pg_sleep(60)"), 1);
  const absl::Time deadline = absl::Now() + kPatience;
  while (Value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = "
               "'PgSleep'") != "1") {
    ASSERT_LT(absl::Now(), deadline);
  }
  PGcancel* const cancel = PQgetCancel(client_.get());
  char error[256] = "";
  EXPECT_EQ(PQcancel(cancel, error, sizeof(error)), 1) << error;
  PQfreeCancel(cancel);
  const Answer answer = Next();
  EXPECT_STREQ(PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE), "57014");
  EXPECT_EQ(Next(), nullptr);
  EXPECT_EQ(Expect(PGRES_TUPLES_OK, Exec("SELECT 1")), "OK");
}

TEST_F(LibpqTest, AClientThatVanishesLeavesNoSession) {
  const int before = ServerSessions();
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(NewClient());
  ASSERT_TRUE(AwaitServerSessions(before + 10));
  for (const Client& client : clients) {
    // In the middle of a statement, without Terminate.
    ASSERT_EQ(PQsendQuery(client.get(), "BEGIN; SELECT 1"), 1);
    shutdown(PQsocket(client.get()), SHUT_RDWR);
  }
  EXPECT_TRUE(AwaitServerSessions(before));
}

TEST_F(LibpqTest, AClientThatVanishesDuringAStatementLeavesNoSession) {
  const int before = ServerSessions();
  Client client = NewClient();
  ASSERT_EQ(PQsendQuery(client.get(), "SELECT pg_sleep(600)"), 1);
  ASSERT_TRUE(AwaitServerSessions(before + 1));
  shutdown(PQsocket(client.get()), SHUT_RDWR);
  EXPECT_TRUE(AwaitServerSessions(before));
}

}  // namespace
}  // namespace dsql_testing
