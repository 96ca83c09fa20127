// SPDX-License-Identifier: Apache-2.0

// Values, rows, keys and transactions that are too large, however they come
// about: told in the place of what they forbid, and the connection is of use
// afterwards.

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kMebibyte = 1024 * 1024;
constexpr char kTooLarge[] =
    "M=datatype limit greater than 1048576 bytes not supported for ";

// Text that cannot be compressed.
std::string Random(int bytes) {
  static std::mt19937 random;
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>('0' + random() % 64);
  for (char& c : text)
    if (c == '\\') c = '~';
  return text;
}

// An expression that makes some, other for each i.
std::string RandomOf(int bytes) {
  return absl::StrCat(
      "(SELECT left(string_agg(translate(encode(sha512((j || ',' || i)::bytea),"
      " 'base64'), E'\\n', ''), ''), ",
      bytes, ") FROM generate_series(1, ", bytes / 86 + 1, ") j)");
}

class SizesTest : public WireTest {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE TABLE many (i int PRIMARY KEY, x text)");
  }

  // Of rows that a statement generates, so that its text is short.
  static std::string Insert(int count, int bytes, int from = 0) {
    return absl::StrCat("INSERT INTO many SELECT i, ", RandomOf(bytes),
                        " FROM generate_series(", from, ", ", from + count - 1,
                        ") i");
  }
  std::string Rows() { return Value("SELECT count(*) FROM many"); }
  void ExpectUsable() {
    EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[I]");
    EXPECT_EQ(a().Ask(Request().Parse("u", "SELECT 2").Run("u").Sync()),
              "1 2 D(2) C[SELECT 1] Z[I]");
    EXPECT_EQ(a().Ask(Request().Close('S', "u").Sync()), "3 Z[I]");
    EXPECT_EQ(a().Query("UPDATE t SET v = v + 1 WHERE k = 9"),
              "C[UPDATE 1] Z[I]");
  }
  // By each protocol, alone.
  void ExpectRefusedAlone(const std::string& sql, const std::string& message) {
    SCOPED_TRACE(sql.substr(0, 200));
    EXPECT_THAT(a().Ask(Request().Query(sql), TraceDetail::kFull),
                HasSubstr(message));
    for (const Request& request :
         {Request().Query(sql), Request().Sql(sql).Sync(),
          Request().Parse("p", sql).Run("p").Close('S', "p").Sync(),
          Request().Query(sql + " RETURNING 1"),
          Request().Sql(sql + " RETURNING 1").Sync()}) {
      const std::string told = a().Ask(request);
      EXPECT_THAT(told, EndsWith("E[54000] Z[I]"));
      EXPECT_THAT(told, Not(HasSubstr("C[")));
      EXPECT_EQ(a().Ask(Request().Close('S', "p").Sync()), "3 Z[I]");
    }
    ExpectUsable();
  }
  // In a block, too.
  void ExpectRefused(const std::string& sql, const std::string& message) {
    ExpectRefusedAlone(sql, message);
    SCOPED_TRACE(sql.substr(0, 200));
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query("UPDATE t SET v = 7 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(a().Query(sql), "E[54000] Z[E]");
    EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
    ExpectUsable();
  }
};

TEST_F(SizesTest, ValuesThatAStatementMakes) {
  EXPECT_EQ(a().Query(Insert(1, kMebibyte)), "C[INSERT 0 1] Z[I]");
  ExpectRefused(Insert(1, kMebibyte + 1, 1), std::string(kTooLarge) + "text");
  ExpectRefused("UPDATE many SET x = x || 'y'",
                std::string(kTooLarge) + "text");
  ExpectRefused("UPDATE many SET x = x || 'y' WHERE i = 0",
                std::string(kTooLarge) + "text");
  ExpectRefused(
      "INSERT INTO many VALUES (0, 'a') ON CONFLICT (i) DO UPDATE "
      "SET x = many.x || excluded.x",
      std::string(kTooLarge) + "text");
  // After compression.
  EXPECT_EQ(a().Query("UPDATE many SET x = repeat('x', 20000000)"),
            "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Rows(), "1");
}

TEST_F(SizesTest, ValuesThatTheClientSends) {
  const std::string fits = Random(kMebibyte);
  const std::string text = Random(kMebibyte + 1);
  EXPECT_EQ(
      a().Query(absl::StrCat("INSERT INTO many VALUES (0, '", fits, "')")),
      "C[INSERT 0 1] Z[I]");
  ExpectRefused(absl::StrCat("INSERT INTO many VALUES (1, '", text, "')"),
                std::string(kTooLarge) + "text");
  ExpectRefused(absl::StrCat("UPDATE many SET x = '", text, "' WHERE i = 0"),
                std::string(kTooLarge) + "text");
  const std::string insert = "INSERT INTO many VALUES ($1, $2)";
  EXPECT_EQ(a().Ask(Request().Parse("s", insert).Run("s", {"1", text}).Sync()),
            "1 2 E[54000] Z[I]");
  EXPECT_EQ(a().Ask(Request().Run("s", {"1", fits}).Sync()),
            "2 C[INSERT 0 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Run("s", {"2", text}).Sync()), "2 E[54000] Z[I]");
  // A portal that was bound before.
  a().Send(Request().Bind("p", "s", {"2", text}).Flush());
  EXPECT_EQ(a().Read('2'), "2");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()), "E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "2");
}

// A parameter is written as often as it occurs.
TEST_F(SizesTest, ParametersThatOccurOften) {
  const std::string large = Random(50 * 1024);
  const std::string total =
      "M=transaction size limit 10mb exceeded D=Current transaction size ";
  std::string rows;
  for (int i = 1; i <= 500; ++i)
    absl::StrAppend(&rows, i > 1 ? "," : "", "(", i, ",$1)");
  const std::string insert = "INSERT INTO many VALUES " + rows;
  EXPECT_THAT(
      a().Ask(Request().Sql(insert, {large}).Sync(), TraceDetail::kFull),
      HasSubstr(total));
  EXPECT_EQ(a().Ask(Request().Parse("s", insert).Run("s", {large}).Sync()),
            "1 2 E[54000] Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Ask(Request().Run("s", {large}).Sync()),
            "2 C[INSERT 0 500] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "E[54000] Z[I]");
  EXPECT_EQ(Rows(), "0");
  EXPECT_EQ(a().Ask(Request().Run("s", {"x"}).Sync()),
            "2 C[INSERT 0 500] Z[I]");
  ExpectUsable();
}

TEST_F(SizesTest, ParametersThatOccurOftenInARow) {
  std::string columns;
  std::string uses;
  std::string proposed;
  for (int i = 0; i < 60; ++i) {
    absl::StrAppend(&columns, ", c", i, " text");
    absl::StrAppend(&uses, ", $1");
    absl::StrAppend(&proposed, i > 0 ? ", " : "", "c", i, " = excluded.c0");
  }
  Run("CREATE TABLE wide (i int PRIMARY KEY" + columns + ")");
  const std::string large = Random(60 * 1024);
  const std::string told = "M=maximum row size exceeded";
  EXPECT_THAT(
      a().Ask(Request()
                  .Sql("INSERT INTO wide VALUES (1" + uses + ")", {large})
                  .Sync(),
              TraceDetail::kFull),
      HasSubstr(told));
  Run("INSERT INTO wide VALUES (1)");
  const std::string update =
      "INSERT INTO wide VALUES (1, $1) ON CONFLICT (i) DO UPDATE SET " +
      proposed;
  EXPECT_THAT(
      a().Ask(Request().Sql(update, {large}).Sync(), TraceDetail::kFull),
      HasSubstr(told));
  EXPECT_EQ(Value("SELECT count(*) FROM wide WHERE c0 IS NOT NULL"), "0");
  ExpectUsable();
}

TEST_F(SizesTest, ValuesOfDefaults) {
  Run("CREATE TABLE d (i int PRIMARY KEY, x bytea DEFAULT "
      "repeat('x', 1048577)::bytea)");
  ExpectRefused("INSERT INTO d VALUES (1)", std::string(kTooLarge) + "bytea");
  EXPECT_EQ(a().Query("INSERT INTO d VALUES (1, 'x')"), "C[INSERT 0 1] Z[I]");
  ExpectRefused("UPDATE d SET x = DEFAULT", std::string(kTooLarge) + "bytea");
}

TEST_F(SizesTest, ValuesOfCopy) {
  for (int bytes : {kMebibyte, kMebibyte + 1}) {
    a().Send(Request().Query("COPY many FROM STDIN"));
    EXPECT_EQ(a().Read('G'), "G");
    a().Send(Request()
                 .CopyData(absl::StrCat("0\t", Random(bytes), "\n"))
                 .CopyDone());
    EXPECT_EQ(a().ReadReady(),
              bytes == kMebibyte ? "C[COPY 1] Z[I]" : "E[54000] Z[I]");
    ExpectUsable();
    EXPECT_EQ(Rows(), bytes == kMebibyte ? "1" : "0");
    Run("DELETE FROM many");
  }
}

TEST_F(SizesTest, Rows) {
  Run("CREATE TABLE wide (i int PRIMARY KEY, x bytea, y bytea, z bytea)");
  const std::string large = "repeat('x', 1000000)::bytea";
  ExpectRefused(absl::StrCat("INSERT INTO wide VALUES (1, ", large, ", ", large,
                             ", ", large, ")"),
                "M=maximum row size exceeded");
  EXPECT_EQ(a().Query(absl::StrCat("INSERT INTO wide VALUES (1, ", large, ", ",
                                   large, ")")),
            "C[INSERT 0 1] Z[I]");
  ExpectRefused("UPDATE wide SET z = x WHERE i = 1",
                "M=maximum row size exceeded");
}

TEST_F(SizesTest, Keys) {
  Run("CREATE TABLE k (k text PRIMARY KEY, v text)");
  const auto insert = [](int bytes) {
    return absl::StrCat("INSERT INTO k VALUES ('", std::string(bytes, 'k'),
                        "')");
  };
  EXPECT_EQ(a().Query(insert(1981)), "C[INSERT 0 1] Z[I]");
  ExpectRefused(insert(1982), "M=key size too large");
  ExpectRefused("INSERT INTO k SELECT repeat('x', 1982)",
                "M=key size too large");
  // More than PostgreSQL has a place for.
  ExpectRefused(absl::StrCat("INSERT INTO k VALUES ('", Random(5000), "')"),
                "M=key size too large");
  ExpectRefused("UPDATE k SET k = k || 'x'", "M=key size too large");
  EXPECT_EQ(a().Query("UPDATE k SET v = repeat(k, 2)"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Value("SELECT count(*) FROM k"), "1");
}

TEST_F(SizesTest, TransactionsCountRowsAndNotText) {
  const std::string error =
      "M=transaction size limit 10mb exceeded D=Current transaction size ";
  ExpectRefusedAlone(Insert(11, 1000000), error);
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  for (int i = 0; i < 11; ++i)
    EXPECT_EQ(a().Query(Insert(1, 1000000, i)), "C[INSERT 0 1] Z[T]");
  const std::string told =
      a().Ask(Request().Query("COMMIT"), TraceDetail::kFull);
  EXPECT_THAT(told, HasSubstr(error + "11mb > 10mb"));
  EXPECT_THAT(told, EndsWith("] Z[I]"));
  ExpectUsable();
  EXPECT_EQ(Rows(), "0");
  EXPECT_EQ(a().Query(Insert(10, 1000000)), "C[INSERT 0 10] Z[I]");
  // Compressed they are small.
  EXPECT_EQ(a().Query("INSERT INTO many SELECT i, repeat('x', 1000000) FROM "
                      "generate_series(10, 29) i"),
            "C[INSERT 0 20] Z[I]");
  // Whoever updates a row writes all of it.
  EXPECT_EQ(a().Query("UPDATE many SET i = i + 100 WHERE i < 10"),
            "C[UPDATE 10] Z[I]");
  EXPECT_EQ(a().Query(Insert(1, 1000000, 200)), "C[INSERT 0 1] Z[I]");
  EXPECT_EQ(a().Query("UPDATE many SET i = i + 1000"), "E[54000] Z[I]");
  EXPECT_EQ(a().Query("DELETE FROM many"), "C[DELETE 31] Z[I]");
}

TEST_F(SizesTest, TransactionsCountIndexEntries) {
  Run("CREATE TABLE k (i int PRIMARY KEY, x text, y text, z text)");
  const char insert[] =
      "INSERT INTO k SELECT i, repeat('x', 1000), 'y', 'z' FROM "
      "generate_series(1, 3000) i";
  EXPECT_EQ(a().Query(insert), "C[INSERT 0 3000] Z[I]");
  Run("DELETE FROM k");
  a().Query("CREATE INDEX ASYNC ON k (x, y)");
  a().Query("CREATE INDEX ASYNC ON k (x, z)");
  EXPECT_EQ(a().Query(insert), "C[INSERT 0 3000] Z[I]");
  Run("DELETE FROM k");
  a().Query("CREATE INDEX ASYNC ON k (x)");
  EXPECT_EQ(a().Query(insert), "E[54000] Z[I]");
}

TEST_F(SizesTest, LockedRowsCountOnlyTheirKeys) {
  for (int i = 0; i < 12; ++i) Run(Insert(1, 1000000, i));
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT FROM many FOR UPDATE").substr(0, 1), "T");
  EXPECT_EQ(a().Query("UPDATE t SET v = 7 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(
        a().Query(absl::StrCat("INSERT INTO many VALUES (", 100 + i, ", 'x')")),
        "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
}

TEST_F(SizesTest, KeysOfLockedRowsCount) {
  Run("CREATE TABLE keys (k varchar(2000) PRIMARY KEY)");
  // Which cannot be compressed, as large as an entry may be.
  for (int i = 0; i < 2; ++i)
    Run("INSERT INTO keys SELECT left(string_agg(sha512(format('" +
        absl::StrCat(i) +
        " %s %s', n, m)::bytea)::text, ''), 1900) "
        "FROM generate_series(1, 2800) n, generate_series(1, 15) m GROUP BY n");
  a_ = NewSession();
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_THAT(a().Query("SELECT FROM keys LIMIT 5000 FOR UPDATE"),
              EndsWith("C[SELECT 5000] Z[T]"));
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_THAT(a().Query("SELECT FROM keys FOR UPDATE"),
              EndsWith("C[SELECT 5600] Z[T]"));
  EXPECT_EQ(a().Query("COMMIT"), "E[54000] Z[I]");
}

// In the copies of a transaction that waits for another one, too.
TEST_F(SizesTest, WhoStepsAsideIsToldTheSame) {
  Run("INSERT INTO many VALUES (0, 'x')");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("UPDATE many SET x = 'b'"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("UPDATE many SET x = 'a'"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query(Insert(1, kMebibyte, 1)), "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query(Insert(1, kMebibyte + 1, 2)), "E[54000] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
  ExpectUsable();
}

}  // namespace
}  // namespace dsql_testing
