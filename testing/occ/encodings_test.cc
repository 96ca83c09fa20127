// SPDX-License-Identifier: Apache-2.0

// Clients that write their statements in another encoding than UTF-8: limits,
// refusals and conflicts are those of any other.

#include <memory>
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

// In UTF-8, and in LATIN1.
constexpr char kUtf8[] = "caf\xC3\xA9";
constexpr char kLatin1[] = "caf\xE9";

class EncodingsTest : public WireTest {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE TABLE s (k int PRIMARY KEY, s text)");
    Run("INSERT INTO s VALUES (1, 'x'), (2, 'x')");
    a_ = NewSession();
    b_ = NewSession();
    EXPECT_THAT(b().Query("SET client_encoding = 'LATIN1'"),
                HasSubstr("C[SET]"));
  }

  // B has lost, and is not told yet.
  void LoseInB() {
    EXPECT_EQ(a().Query("BEGIN; UPDATE t SET v = 1 WHERE k = 1"),
              "C[BEGIN] C[UPDATE 1] Z[T]");
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  }
  static std::string Set(const char* value, int k) {
    return absl::StrCat("UPDATE s SET s = '", value, "' WHERE k = ", k);
  }
};

TEST_F(EncodingsTest, WhoIsSecondIsToldSo) {
  LoseInB();
  EXPECT_EQ(b().Query(Set(kLatin1, 2) + "; COMMIT"),
            "C[UPDATE 1] E[40001] Z[I]");
  EXPECT_EQ(Value("SELECT string_agg(s, ',') FROM s"), "x,x");
}

TEST_F(EncodingsTest, WhatIsCommittedIsWhatWasWritten) {
  EXPECT_EQ(a().Query("BEGIN; UPDATE t SET v = 1 WHERE k = 1"),
            "C[BEGIN] C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query(Set(kLatin1, 1)), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Ask(Request()
                        .Parse("p", Set(kLatin1, 2) + " AND s <> $1")
                        .Run("p", {kLatin1})
                        .Sync()),
            "1 2 C[UPDATE 1] Z[T]");
  // Steps aside, and comes back.
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_THAT(b().Query(absl::StrCat("SELECT k FROM s WHERE s = '", kLatin1,
                                     "' ORDER BY k")),
              HasSubstr("D(1) D(2)"));
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Value("SELECT string_agg(s, ',') FROM s"),
            absl::StrCat(kUtf8, ",", kUtf8));
}

TEST_F(EncodingsTest, TheDialectIsEnforced) {
  EXPECT_EQ(
      b().Query(absl::StrCat("CREATE TABLE \"", kLatin1, "\" (id serial)")),
      "E[42704@25] Z[I]");
  EXPECT_EQ(
      b().Ask(Request()
                  .Sql(absl::StrCat("CREATE TEMP TABLE ", kLatin1, " (id int)"))
                  .Sync()),
      "E[0A000] Z[I]");
  // What is rewritten, too.
  EXPECT_EQ(b().Query(absl::StrCat("CREATE TABLE ", kLatin1,
                                   " (k int PRIMARY KEY, v text DEFAULT '",
                                   kLatin1, "')")),
            "C[CREATE TABLE] Z[I]");
  EXPECT_THAT(b().Query(absl::StrCat("CREATE INDEX ASYNC ", kLatin1, "_i ON ",
                                     kLatin1, " (v)")),
              EndsWith("C[CREATE INDEX] Z[I]"));
  EXPECT_EQ(b().Query(absl::StrCat("SELECT count(*) FROM pg_class WHERE "
                                   "relname IN ('",
                                   kLatin1, "', '", kLatin1, "_i')")),
            "T D(2) C[SELECT 1] Z[I]");
}

TEST_F(EncodingsTest, LimitsHold) {
  const std::string note = absl::StrCat(" -- ", kLatin1);
  EXPECT_EQ(b().Query("INSERT INTO s SELECT i, 'y' FROM "
                      "generate_series(10, 3010) i" +
                      note),
            "E[54000] Z[I]");
  EXPECT_EQ(b().Query("BEGIN" + note), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("INSERT INTO s SELECT i, 'y' FROM "
                      "generate_series(10, 2010) i" +
                      note),
            "C[INSERT 0 2001] Z[T]");
  EXPECT_EQ(b().Query("UPDATE s SET s = 'z'" + note), "E[54000] Z[E]");
  EXPECT_EQ(b().Query("COMMIT" + note), "C[ROLLBACK] Z[I]");
}

// Their names are compared with those that the catalog and others have.
class EncodedNamesTest : public EncodingsTest {
 protected:
  void SetUp() override {
    EncodingsTest::SetUp();
    Run(absl::StrCat("CREATE TABLE ", kUtf8, " (k int PRIMARY KEY, v int)"));
    Run(absl::StrCat("INSERT INTO ", kUtf8, " VALUES (1, 0), (2, 0)"));
    a_ = NewSession();
    b_ = NewSession();
    b().Query("SET client_encoding = 'LATIN1'");
  }
  static std::string Update(const char* table, int v, int k) {
    return absl::StrCat("UPDATE ", table, " SET v = ", v, " WHERE k = ", k);
  }
};

TEST_F(EncodedNamesTest, WhoIsSecondIsToldSo) {
  EXPECT_EQ(a().Query("BEGIN; " + Update(kUtf8, 1, 1)),
            "C[BEGIN] C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query("BEGIN; " + Update(kLatin1, 2, 2)),
            "C[BEGIN] C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query(Update(kLatin1, 2, 1)), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(
      b().Query(absl::StrCat("SELECT v FROM public.", kLatin1, " ORDER BY k")),
      "T D(2) D(2) C[SELECT 2] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), kOC000);
  EXPECT_EQ(Value(absl::StrCat("SELECT sum(v) FROM ", kUtf8)), "1");
}

// Among rows that the snapshot has no key comes twice.
TEST_F(EncodedNamesTest, KeysThatOthersRemovedConflict) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query(absl::StrCat("DELETE FROM ", kUtf8, " WHERE k = 1")),
            "C[DELETE 1] Z[I]");
  const std::string insert =
      absl::StrCat("INSERT INTO ", kLatin1, " VALUES (1, 5)");
  EXPECT_EQ(b().Query(insert), "E[23505] Z[E]");
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(b().Query(insert), "C[INSERT 0 1] Z[I]");
}

// A text that LATIN1 has not is not repeated there with other characters.
TEST_F(EncodingsTest, WhatWasPreparedInAnotherEncoding) {
  EXPECT_THAT(b().Query("SET client_encoding = 'UTF8'"), HasSubstr("C[SET]"));
  EXPECT_EQ(b().Ask(Request().Parse("p", Set("\xCE\xA9", 2)).Sync()), "1 Z[I]");
  EXPECT_THAT(b().Query("SET client_encoding = 'LATIN1'"), HasSubstr("C[SET]"));
  EXPECT_EQ(a().Query("BEGIN; UPDATE t SET v = 1 WHERE k = 1"),
            "C[BEGIN] C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Ask(Request().Run("p").Sync()), "2 C[UPDATE 1] Z[T]");
  b().Query("UPDATE t SET v = 2 WHERE k = 1");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  b().Query("COMMIT");
  EXPECT_THAT(Value("SELECT s FROM s WHERE k = 2"),
              ::testing::AnyOf("\xCE\xA9", "x"));
}

// What is undone of a transaction that gives way is not what its client knows.
TEST_F(EncodingsTest, WhoGivesWayWritesAsBefore) {
  EXPECT_THAT(b().Query("SET client_encoding = 'UTF8'"), HasSubstr("C[SET]"));
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_THAT(b().Query("SET client_encoding = 'LATIN1'"), HasSubstr("C[SET]"));
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(b().Query(Set(kLatin1, 2)), "C[UPDATE 1] Z[T]");
  EXPECT_THAT(
      b().Query(absl::StrCat("SELECT k FROM s WHERE s = '", kLatin1, "'")),
      HasSubstr("D(2)"));
  EXPECT_THAT(b().Query("COMMIT"), HasSubstr("E[40001]"));
}

// A byte of ASCII, a backslash, is a part of another character there.
TEST_F(EncodingsTest, OfSeveralBytes) {
  EXPECT_THAT(b().Query("SET client_encoding = 'SJIS'"), HasSubstr("C[SET]"));
  const std::string note = " -- \x95\x5C";
  EXPECT_EQ(b().Query(Set("\x95\x5C", 1) + "; SELECT 1" + note),
            "C[UPDATE 1] T D(1) C[SELECT 1] Z[I]");
  EXPECT_EQ(Value("SELECT s FROM s WHERE k = 1"), "\xE8\xA1\xA8");
  EXPECT_EQ(b().Query("CREATE TEMP TABLE a (i int)" + note), "E[0A000] Z[I]");
  EXPECT_EQ(b().Ask(Request()
                        .Sql("UPDATE s SET s = $1 WHERE k = 2", {"\x95\x5C"})
                        .Sync()),
            "1 2 C[UPDATE 1] Z[I]");
  EXPECT_EQ(Value("SELECT s FROM s WHERE k = 2"), "\xE8\xA1\xA8");
  LoseInB();
  EXPECT_EQ(b().Query(Set("\x95\x5C", 2) + "; COMMIT"),
            "C[UPDATE 1] E[40001] Z[I]");
}

// What is sent before the server has told its encoding might be read as another
// text than the one that was looked at.
TEST_F(EncodingsTest, NothingIsReadInAnEncodingThatIsNotKnown) {
  constexpr char kHidden[] = "SELECT E'\xC3\x81\\', current_setting('x.y') --'";
  EXPECT_EQ(
      a().Ask(
          Request().Sql("SET client_encoding = 'SJIS'").Sql(kHidden).Sync()),
      "1 2 C[SET] E[0A000] Z[I]");
  EXPECT_EQ(a().Ask(Request()
                        .Sql("SET client_encoding = 'SJIS'")
                        .Flush()
                        .Sql(kHidden)
                        .Sync()),
            "1 2 C[SET] E[0A000] Z[I]");
  // Nor by a function, whatever it is called.
  Run("CREATE FUNCTION f(text) RETURNS text LANGUAGE sql AS "
      "'SELECT set_config(''client_encoding'', $1, false)'");
  EXPECT_EQ(a().Query("SELECT f('SJIS')"), "T E[0A000] Z[I]");
  EXPECT_EQ(a().Query("SELECT f('utf-8')"), "T D(UTF8) C[SELECT 1] Z[I]");
  EXPECT_EQ(a().Query("CREATE FUNCTION g() RETURNS void LANGUAGE sql AS "
                      "'SET client_encoding = SJIS'"),
            "E[0A000] Z[I]");
}

// What is done again is read as it was at first: each statement by itself.
TEST_F(EncodingsTest, WhatIsDoneAgainIsReadAsAtFirst) {
  EXPECT_THAT(b().Query("SET client_encoding = 'UTF8'"), HasSubstr("C[SET]"));
  EXPECT_EQ(b().Query("BEGIN; UPDATE t SET v = 2 WHERE k = 1"),
            "C[BEGIN] C[UPDATE 1] Z[T]");
  EXPECT_THAT(b().Query(absl::StrCat("SET client_encoding = 'LATIN1'; SELECT '",
                                     kUtf8, "' = U&'caf\\00e9'")),
              HasSubstr("D(t)"));
  // It fails, so that all of it can be done again.
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 / (k - 2) WHERE k IN (1, 2)"),
            "E[22012] Z[I]");
  EXPECT_THAT(b().Query("COMMIT"), HasSubstr("C[COMMIT] Z[I]"));
}

TEST_F(EncodingsTest, AsTheConnectionBegins) {
  const std::unique_ptr<RawClient> session = NewSocket();
  EXPECT_THAT(
      session->LogIn("admin", "postgres", {{"client_encoding", "WIN1252"}}),
      EndsWith("Z"));
  EXPECT_EQ(session->Query("CREATE TEMP TABLE t2 (a text DEFAULT '\x80')"),
            "E[0A000] Z[I]");
  EXPECT_EQ(session->Query(Set("\x80", 1)), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Value("SELECT s FROM s WHERE k = 1"), "\xE2\x82\xAC");
}

}  // namespace
}  // namespace dsql_testing
