// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/connection.h"

#include <signal.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/base/sql_error.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

TEST(ConnectionWithoutServerTest, SaysThatNobodyListens) {
  const absl::Status status =
      Connection::Open("host=/nonexistent dbname=x").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "/nonexistent")) << status;
}

TEST(ConnectionWithoutServerTest, RefusesBadConninfo) {
  EXPECT_FALSE(Connection::Open("nosuchkey=1").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(
      Connection::Open(std::string("host=a\0b", 8)).status()));
}

// One server for all tests; what they make has different names.
class ConnectionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!MissingPostgres().empty()) return;
    auto server = PostgresServer::Start();
    DSQL_ASSERT_OK(server);
    server_ = std::move(*server).release();
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  void SetUp() override {
    DSQL_REQUIRE_POSTGRES();
    ASSERT_NE(server_, nullptr);
    auto connection = Connection::Open(server_->conninfo());
    DSQL_ASSERT_OK(connection);
    connection_ = std::make_unique<Connection>(*std::move(connection));
  }

  v1::SqlErrorDetail ErrorDetailOf(const std::string& sql) {
    const absl::Status status = connection_->Execute(sql).status();
    return GetSqlErrorDetail(status).value_or(v1::SqlErrorDetail());
  }

  static PostgresServer* server_;
  std::unique_ptr<Connection> connection_;
};

PostgresServer* ConnectionTest::server_ = nullptr;

TEST_F(ConnectionTest, FetchesEveryType) {
  auto result = connection_->Query(
      "SELECT true AS b, 32767::int2 AS s, -5 AS i, 9e18::int8 AS l,"
      " 0.25::float8 AS d, 'x' AS t, NULL::int AS n, count(*) AS c"
      " FROM generate_series(1, 3)");
  DSQL_ASSERT_OK(result);
  EXPECT_EQ(*result->Get<bool>(0, "b"), true);
  EXPECT_EQ(*result->Get<int16_t>(0, "s"), 32767);
  EXPECT_EQ(*result->Get<int32_t>(0, "i"), -5);
  EXPECT_EQ(*result->Get<int64_t>(0, "l"), 9000000000000000000);
  EXPECT_EQ(*result->Get<double>(0, "d"), 0.25);
  EXPECT_EQ(*result->Get<std::string>(0, "t"), "x");
  EXPECT_EQ(*result->Get<absl::optional<int32_t>>(0, "n"), absl::nullopt);
  EXPECT_EQ(*result->Get<int64_t>(0, "c"), 3);
  EXPECT_EQ(result->affected_rows(), 1);
}

TEST_F(ConnectionTest, PassesParameters) {
  auto result = connection_->Query(
      "SELECT $1::int + 1, $2::text, $3::float8, $4::bool, $5::text, $6::int",
      {41, "o'clock", 0.1, true, nullptr, absl::optional<int>(7)});
  DSQL_ASSERT_OK(result);
  EXPECT_EQ(*result->Get<int32_t>(0, 0), 42);
  EXPECT_EQ(*result->Get<std::string>(0, 1), "o'clock");
  EXPECT_EQ(*result->Get<double>(0, 2), 0.1);
  EXPECT_EQ(*result->Get<bool>(0, 3), true);
  EXPECT_EQ(*result->IsNull(0, 4), true);
  EXPECT_EQ(*result->Get<int32_t>(0, 5), 7);
}

TEST_F(ConnectionTest, CountsAffectedRows) {
  DSQL_ASSERT_OK(connection_->Execute("CREATE TABLE affected (i int)"));
  auto inserted = connection_->Query(
      "INSERT INTO affected SELECT generate_series(1, $1)", {5});
  DSQL_ASSERT_OK(inserted);
  EXPECT_EQ(inserted->affected_rows(), 5);
  EXPECT_EQ(inserted->command_tag(), "INSERT 0 5");
}

TEST_F(ConnectionTest, ExecutesManyStatementsAndReturnsTheLast) {
  auto result = connection_->Execute("SELECT 1; SELECT 2; SELECT 3");
  DSQL_ASSERT_OK(result);
  EXPECT_EQ(*result->Scalar<int32_t>(), 3);
  EXPECT_EQ(ErrorDetailOf("SELECT 1; SELECT 1/0; SELECT 3").sqlstate(),
            "22012");
  DSQL_ASSERT_OK(connection_->Execute(""));
}

TEST_F(ConnectionTest, ErrorsCarryTheirFields) {
  DSQL_ASSERT_OK(connection_->Execute(
      "CREATE TABLE fields (i int CONSTRAINT fields_key PRIMARY KEY);"
      "INSERT INTO fields VALUES (1)"));
  const absl::Status status =
      connection_->Query("INSERT INTO fields VALUES (1)").status();
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  const v1::SqlErrorDetail detail = *GetSqlErrorDetail(status);
  EXPECT_EQ(detail.severity(), "ERROR");
  EXPECT_EQ(detail.sqlstate(), "23505");
  EXPECT_EQ(detail.constraint_name(), "fields_key");
  EXPECT_EQ(detail.table_name(), "fields");
  EXPECT_EQ(detail.schema_name(), "public");
  EXPECT_EQ(detail.detail(), "Key (i)=(1) already exists.");
  EXPECT_EQ(ErrorDetailOf("SELECT nosuch").position(), 8);
  EXPECT_FALSE(ErrorDetailOf("SELECT upper(1)").hint().empty());
}

TEST_F(ConnectionTest, GarbageIsATypedError) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      connection_->Execute(absl::string_view("SELECT 1\0", 9)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      connection_->Query("SELECT $1", {std::string("a\0b", 3)}).status()));
  EXPECT_EQ(ErrorDetailOf("SELECT '\xff\xfe'").sqlstate(), "22021");
  EXPECT_EQ(ErrorDetailOf("\x01\x02 garbage").sqlstate(), "42601");
  EXPECT_EQ(ErrorDetailOf(std::string(100000, '(')).sqlstate(), "42601");
  DSQL_ASSERT_OK(connection_->Query("SELECT 1"));
}

TEST_F(ConnectionTest, TakesTenMegabytes) {
  const std::string big(10 << 20, 'x');
  auto result = connection_->Query("SELECT $1::text", {big});
  DSQL_ASSERT_OK(result);
  EXPECT_EQ(*result->Scalar<std::string>(), big);
  DSQL_ASSERT_OK(connection_->Execute("SELECT '" + big + "'"));
}

TEST_F(ConnectionTest, QuotesNamesAndLiterals) {
  EXPECT_EQ(*connection_->QuoteIdentifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(*connection_->QuoteLiteral("it's"), "'it''s'");
  EXPECT_TRUE(absl::IsInvalidArgument(
      connection_->QuoteLiteral(absl::string_view("\0", 1)).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(connection_->QuoteIdentifier("\xff").status()));
}

TEST_F(ConnectionTest, CancelsWhatTakesTooLong) {
  connection_->set_statement_timeout(absl::Milliseconds(50));
  const absl::Status status =
      connection_->Query("SELECT pg_sleep(1000)").status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  connection_->set_statement_timeout(absl::Seconds(30));
  EXPECT_EQ(QueryText(connection_.get(), "SELECT 'usable'"), "usable");
}

TEST_F(ConnectionTest, DoesNotWaitForAServerThatHangs) {
  const int backend = PQbackendPID(connection_->raw());
  connection_->set_statement_timeout(absl::Milliseconds(50));
  ASSERT_EQ(kill(backend, SIGSTOP), 0);
  const absl::Status status = connection_->Query("SELECT 1").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(absl::IsUnavailable(connection_->Query("SELECT 1").status()));
  kill(backend, SIGCONT);
}

TEST_F(ConnectionTest, ConnectingHasADeadline) {
  ASSERT_EQ(kill(server_->pid(), SIGSTOP), 0);
  const absl::Status status =
      Connection::Open(server_->conninfo(),
                       absl::Now() + absl::Milliseconds(50))
          .status();
  kill(server_->pid(), SIGCONT);
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
}

TEST_F(ConnectionTest, CopyIsRefusedAndTheConnectionStaysUsable) {
  DSQL_ASSERT_OK(connection_->Execute("CREATE TABLE copied (i int)"));
  EXPECT_TRUE(absl::IsUnimplemented(
      connection_->Execute("COPY copied FROM STDIN").status()));
  EXPECT_TRUE(absl::IsUnimplemented(
      connection_->Execute("COPY (SELECT 1) TO STDOUT").status()));
  EXPECT_EQ(QueryText(connection_.get(), "SELECT 'usable'"), "usable");
}

TEST_F(ConnectionTest, CopiesDataIn) {
  DSQL_ASSERT_OK(connection_->Execute("CREATE TABLE filled (i int, t text)"));
  // More than what libpq and the socket hold.
  std::string data;
  for (int i = 0; i < 200000; ++i) absl::StrAppend(&data, i, "\trow ", i, "\n");
  const auto result = connection_->CopyFrom("COPY filled FROM STDIN", data);
  DSQL_ASSERT_OK(result);
  EXPECT_EQ(result->affected_rows(), 200000);
  EXPECT_EQ(QueryText(connection_.get(), "SELECT sum(i) FROM filled"),
            "19999900000");
}

TEST_F(ConnectionTest, CopyErrorsAreThoseOfTheServer) {
  DSQL_ASSERT_OK(connection_->Execute("CREATE TABLE refusing (i int)"));
  const auto code = [&](const char* sql, const std::string& data) {
    const absl::Status status = connection_->CopyFrom(sql, data).status();
    return GetSqlErrorDetail(status).value_or(v1::SqlErrorDetail()).sqlstate();
  };
  EXPECT_EQ(code("COPY refusing FROM STDIN", "x\n"), "22P02");
  EXPECT_EQ(code("COPY refusing FROM STDIN", std::string(10 << 20, 'x')),
            "22P02");
  EXPECT_EQ(code("COPY nosuch FROM STDIN", "1\n"), "42P01");
  EXPECT_TRUE(absl::IsInvalidArgument(
      connection_->CopyFrom("SELECT 1", "1\n").status()));
  EXPECT_EQ(QueryText(connection_.get(), "SELECT count(*) FROM refusing"), "0");
}

TEST_F(ConnectionTest, ABrokenConnectionIsUnavailable) {
  auto other = Connection::Open(server_->conninfo());
  DSQL_ASSERT_OK(other);
  DSQL_ASSERT_OK(other->Query("SELECT pg_terminate_backend($1)",
                              {PQbackendPID(connection_->raw())}));
  const absl::Status status = connection_->Query("SELECT 1").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(absl::IsUnavailable(connection_->Query("SELECT 1").status()));
}

TEST_F(ConnectionTest, AWrongDatabaseSaysSo) {
  ConnectionParameters parameters = server_->connection();
  parameters.database = "nosuch";
  const absl::Status status =
      Connection::Open(parameters.ToConninfo()).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_TRUE(absl::StrContains(
      status.message(), "FATAL 3D000: database \"nosuch\" does not exist"))
      << status;
  EXPECT_TRUE(absl::StartsWith(status.message(), "Cannot connect to Postgres"));
  const v1::SqlErrorDetail detail = *GetSqlErrorDetail(status);
  EXPECT_EQ(detail.sqlstate(), "3D000");
  EXPECT_EQ(detail.severity(), "FATAL");
  EXPECT_EQ(detail.message(), "database \"nosuch\" does not exist");
}

// Who uses raw() gets the texts that libpq writes by default.
TEST_F(ConnectionTest, AnOpenConnectionIsAsVerboseAsOthers) {
  PGresult* const result = PQexec(connection_->raw(), "SELECT 1/0");
  EXPECT_STREQ(PQresultErrorMessage(result), "ERROR:  division by zero\n");
  PQclear(result);
}

TEST_F(ConnectionTest, APlainConnectionTellsWhatLibpqKept) {
  EXPECT_TRUE(ErrorOf(connection_->raw()).ok());
  ConnectionParameters parameters = server_->connection();
  parameters.database = "nosuch";
  std::unique_ptr<PGconn, void (*)(PGconn*)> plain(
      PQconnectdb(parameters.ToConninfo().c_str()), PQfinish);
  EXPECT_TRUE(absl::IsUnavailable(ErrorOf(plain.get())));
  PQsetErrorVerbosity(plain.get(), PQERRORS_VERBOSE);
  PQreset(plain.get());
  const absl::Status status = ErrorOf(plain.get());
  EXPECT_TRUE(GetSqlErrorDetail(status).has_value()) << status;
  EXPECT_FALSE(ErrorOf(static_cast<const PGconn*>(nullptr)).ok());
}

}  // namespace
}  // namespace dsql::postgres
