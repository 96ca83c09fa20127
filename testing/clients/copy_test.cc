// SPDX-License-Identifier: Apache-2.0

// COPY FROM STDIN, message by message.

#include <fstream>
#include <random>
#include <string>

#include "absl/base/config.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/fake_dsql_options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

constexpr char kCopy[] = "COPY t FROM STDIN";

// What this process has ever had in memory, in MiB.
int PeakMemory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    int kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes / 1024;
  }
  return 0;
}

class CopyTest : public WireTest {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE TABLE big (k int PRIMARY KEY, x text)");
  }

  std::string Rows(const std::string& table = "t") {
    return Value("SELECT count(*) FROM " + table);
  }
  // The connection is of use.
  void ExpectUsable() {
    EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[I]");
    EXPECT_EQ(a().Ask(Request().Parse("u", "SELECT 2").Run("u").Sync()),
              "1 2 D(2) C[SELECT 1] Z[I]");
    EXPECT_EQ(a().Ask(Request().Close('S', "u").Sync()), "3 Z[I]");
  }
  // Begins a COPY; the client is asked for data.
  void Start(const std::string& sql, const std::string& before = "") {
    a().Send(Request().Query(sql));
    EXPECT_EQ(a().Read('G'), absl::StrCat(before, "G"));
  }
  // The same by a portal that is bound in a step of its own.
  void StartBound(const std::string& portal) {
    a().Send(Request().Parse("", kCopy).Bind(portal, "").Flush());
    EXPECT_EQ(a().Read('2'), "1 2");
    a().Send(Request().Execute(portal).Flush());
    EXPECT_EQ(a().Read('G'), "G");
  }
  // What the COPY of these rows is answered, where others commit `sql` while
  // they come.
  std::string CopyWhile(const std::string& sql, const std::string& rows,
                        const std::string& copy = kCopy) {
    Start(copy);
    a().Send(Request().CopyData(rows));
    Run(sql);
    a().Send(Request().CopyDone());
    const std::string answer = a().ReadReady();
    ExpectUsable();
    return answer;
  }
  static Request Data(const std::string& rows) {
    return Request().CopyData(rows).CopyDone();
  }
  // `count` rows of `size` bytes each, which cannot be compressed.
  void SendBig(int count, int size, int first = 0) {
    std::mt19937 random;
    std::string text(size, 'x');
    for (char& c : text) c = static_cast<char>('A' + random() % 26);
    for (int i = first; i < first + count; ++i) {
      a().Send(Request().CopyData(absl::StrCat(i, "\t", text, "\n")));
    }
    a().Send(Request().CopyDone());
  }
};

TEST_F(CopyTest, Simple) {
  Start(kCopy);
  a().Send(Data("50\t1\n51\t2\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 2] Z[I]");
  EXPECT_EQ(Rows(), "11");
}

TEST_F(CopyTest, Extended) {
  a().Send(Request().Sql(kCopy).Sync());
  EXPECT_EQ(a().Read('G'), "1 2 G");
  a().Send(Data("50\t1\n").Sync());
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "10");
}

// The Sync before the data is ignored by PostgreSQL, one that is not sent
// changes nothing.
TEST_F(CopyTest, ExtendedWithAFlush) {
  a().Send(Request().Sql(kCopy).Flush());
  EXPECT_EQ(a().Read('G'), "1 2 G");
  a().Send(Data("50\t1\n").Sync());
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[I]");
  ExpectUsable();
}

// As pg8000 does it.
TEST_F(CopyTest, BoundBeforeItIsExecuted) {
  for (const char* portal : {"", "p"}) {
    for (const bool in_block : {false, true}) {
      const char* const end = in_block ? "T" : "I";
      if (in_block) {
        EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
      }
      EXPECT_EQ(a().Ask(Request().Parse("c", kCopy).Sync()),
                absl::StrCat("1 Z[", end, "]"));
      a().Send(Request().Bind(portal, "c").Flush());
      EXPECT_EQ(a().Read('2'), "2");
      a().Send(Request().Execute(portal).Flush());
      EXPECT_EQ(a().Read('G'), "G");
      a().Send(Data("50\t1\n51\t2\n").Sync());
      EXPECT_EQ(a().ReadReady(), absl::StrCat("C[COPY 2] Z[", end, "]"));
      if (in_block) {
        EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
      }
      EXPECT_EQ(Rows(), "11");
      EXPECT_EQ(a().Query("DELETE FROM t WHERE k >= 50"), "C[DELETE 2] Z[I]");
      EXPECT_EQ(a().Ask(Request().Close('S', "c").Sync()), "3 Z[I]");
    }
  }
}

TEST_F(CopyTest, BoundBehindAWrite) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 5 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  a().Send(Request().Parse("", kCopy).Bind("", "").Flush());
  EXPECT_EQ(a().Read('2'), "1 2");
  a().Send(Request().Execute("").Sync());
  EXPECT_EQ(a().Read('G'), "G");
  a().Send(Data("50\t1\n").Sync());
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Rows(), "10");
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "5");
}

// Nothing that was told before is done again, and told otherwise.
TEST_F(CopyTest, BoundBehindWhatCannotBeRepeated) {
  Run("CREATE TABLE made (id bigint GENERATED BY DEFAULT AS IDENTITY "
      "(CACHE 1) PRIMARY KEY, v int)");
  a_ = NewSession();
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("INSERT INTO made (v) VALUES (1) RETURNING id"),
            "T D(1) C[INSERT 0 1] Z[T]");
  a().Send(Request().Parse("", kCopy).Bind("", "").Flush());
  EXPECT_EQ(a().Read('2'), "1 2");
  a().Send(Request().DescribePortal("").Execute("").Flush());
  EXPECT_EQ(a().Read('G'), "n G");
  a().Send(Data("50\t1\n").Sync());
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Value("SELECT id FROM made"), "1");
  EXPECT_EQ(Rows(), "10");
}

// In a copy, as B holds a row; and after it has lost.
TEST_F(CopyTest, BoundByWhoSteppedAside) {
  for (const bool loses : {false, true}) {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    if (loses) {
      EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
    }
    EXPECT_EQ(a().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    StartBound("p");
    a().Send(Data("50\t1\n").Sync());
    EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[T]");
    EXPECT_EQ(a().Query("SELECT v FROM t WHERE k IN (1, 50) ORDER BY k"),
              "T D(2) D(1) C[SELECT 2] Z[T]");
    if (loses) {
      EXPECT_EQ(a().Query("COMMIT"), kOC000);
    } else {
      EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
      EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
      Run("DELETE FROM t WHERE k = 50");
    }
  }
}

TEST_F(CopyTest, BoundAndFailing) {
  for (const bool gives_up : {false, true}) {
    StartBound("");
    a().Send(gives_up ? Request().CopyFail("x").Sync() : Data("1\t1\n").Sync());
    EXPECT_EQ(a().ReadReady(), gives_up ? "E[57014] Z[I]" : "E[23505] Z[I]");
    ExpectUsable();
  }
}

// Without waiting to be asked for data.
TEST_F(CopyTest, ExtendedAtOnce) {
  a().Send(Request().Sql(kCopy).CopyData("50\t1\n").CopyDone().Sync());
  EXPECT_EQ(a().ReadReady(), "1 2 G C[COPY 1] Z[I]");
  a().Send(Request().Sql(kCopy).CopyData("51\t1\n").CopyFail("x").Sync());
  EXPECT_EQ(a().ReadReady(), "1 2 G E[57014] Z[I]");
  // What nobody has asked for counts as little as in PostgreSQL.
  a().Send(Request().Sql("SELECT 1").CopyData("52\t1\n").CopyDone().Sync());
  EXPECT_EQ(a().ReadReady(), "1 2 D(1) C[SELECT 1] Z[I]");
  EXPECT_EQ(Rows(), "10");
}

TEST_F(CopyTest, ExtendedInABlock) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  a().Send(Request().Parse("copy", kCopy).Run("copy").Sync());
  EXPECT_EQ(a().Read('G'), "1 2 G");
  a().Send(Data("50\t1\n").Sync());
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[T]");
  a().Send(Request().Run("copy").Sync());
  EXPECT_EQ(a().Read('G'), "2 G");
  a().Send(Data("51\t1\n").Sync());
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[T]");
  EXPECT_EQ(b().Query("INSERT INTO t VALUES (50, 2)"), "C[INSERT 0 1] Z[I]");
  EXPECT_EQ(a().Query("SELECT count(*) FROM t"), "T D(11) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
  EXPECT_EQ(Rows(), "10");
}

// Transactions are the server's own.
class PlainCopyTest : public WireTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = WireTest::Options();
    options.gateway.dialect.enforce = false;
    options.transactions.optimistic = false;
    return options;
  }
};

TEST_F(PlainCopyTest, Extended) {
  const Request data = Request().CopyData("50\t1\n").CopyDone();
  a().Send(Request().Sql(kCopy).Sync());
  EXPECT_EQ(a().Read('G'), "1 2 G");
  a().Send(data);
  EXPECT_EQ(a().Ask(Request().Sync()), "C[COPY 1] Z[I]");
  a().Send(Request().Sql(kCopy).Flush());
  EXPECT_EQ(a().Read('G'), "1 2 G");
  a().Send(data);
  EXPECT_EQ(a().Ask(Request().Sync()), "E[23505] Z[I]");
  a().Send(Request().Sql(kCopy).Sync());
  EXPECT_EQ(a().Read('G'), "1 2 G");
  a().Send(Request().CopyFail("no more").Sync());
  EXPECT_EQ(a().ReadReady(), "E[57014] Z[I]");
  EXPECT_EQ(a().Query("SELECT count(*) FROM t"), "T D(10) C[SELECT 1] Z[I]");
}

TEST_F(CopyTest, TwoInOneQuery) {
  Start("COPY t FROM STDIN; COPY big FROM STDIN");
  a().Send(Data("50\t1\n"));
  EXPECT_EQ(a().Read('G'), "C[COPY 1] G");
  a().Send(Data("1\tone\n2\ttwo\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 2] Z[I]");
  EXPECT_EQ(Rows(), "10");
  EXPECT_EQ(Rows("big"), "2");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  Start("COPY t FROM STDIN; COPY big FROM STDIN; SELECT 1");
  a().Send(Data("51\t1\n"));
  EXPECT_EQ(a().Read('G'), "C[COPY 1] G");
  a().Send(Data("3\tthree\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Rows("big"), "3");
}

TEST_F(CopyTest, WhatStandsBeforeItIsAnsweredBeforeIt) {
  Start("BEGIN; COPY t FROM STDIN", "C[BEGIN] ");
  a().Send(Data("50\t1\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[T]");
  Start("SELECT 7; INSERT INTO t VALUES (51, 1); COPY t FROM STDIN; COMMIT",
        "T D(7) C[SELECT 1] C[INSERT 0 1] ");
  a().Send(Data("52\t1\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] C[COMMIT] Z[I]");
  EXPECT_EQ(Rows(), "12");
  Start("SELECT 7; COPY t FROM STDIN; SELECT 8", "T D(7) C[SELECT 1] ");
  a().Send(Data("53\t1\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] T D(8) C[SELECT 1] Z[I]");
}

// As of any other Query.
TEST_F(CopyTest, NoUnnamedStatementIsLeft) {
  Start("SELECT 7; COPY t FROM STDIN", "T D(7) C[SELECT 1] ");
  a().Send(Data("50\t1\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Run("").Sync()), "E[26000] Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  Start("SELECT 7; COPY t FROM STDIN", "T D(7) C[SELECT 1] ");
  a().Send(Data("51\t1\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Run("").Sync()), "E[26000] Z[E]");
}

TEST_F(CopyTest, TheClientGivesUp) {
  Start(kCopy);
  a().Send(Request().CopyData("50\t1\n").CopyFail("no more"));
  EXPECT_EQ(a().Read('Z', 1, TraceDetail::kFull),
            "E[57014 M=COPY from stdin failed: no more W=COPY t, line 2] Z[I]");
  ExpectUsable();
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  Start(kCopy);
  a().Send(Request().CopyFail(""));
  EXPECT_EQ(a().ReadReady(), "E[57014] Z[E]");
  EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "9");
}

TEST_F(CopyTest, TheClientGivesUpInTheExtendedProtocol) {
  a().Send(Request().Sql(kCopy).Sync());
  EXPECT_EQ(a().Read('G'), "1 2 G");
  a().Send(Request().CopyData("50\t1\n").CopyFail("no more").Sync());
  EXPECT_EQ(a().ReadReady(), "E[57014] Z[I]");
  ExpectUsable();
}

TEST_F(CopyTest, AMalformedRow) {
  Start(kCopy);
  a().Send(Data("50\t1\nfifty\t1\n"));
  EXPECT_THAT(a().Read('Z', 1, TraceDetail::kFull),
              testing::AllOf(HasSubstr("E[22P02 "),
                             HasSubstr("W=COPY t, line 2, column k: \"fifty\""),
                             HasSubstr("Z[I]")));
  ExpectUsable();
  Start(kCopy);
  a().Send(Data("50\n"));
  EXPECT_THAT(
      a().Read('Z', 1, TraceDetail::kFull),
      testing::AllOf(HasSubstr("E[22P04 "),
                     HasSubstr("W=COPY t, line 1: \"50\""), HasSubstr("Z[I]")));
  ExpectUsable();
  Start(kCopy);
  a().Send(Data("50\t1\n1\t1\n"));
  EXPECT_EQ(a().ReadReady(), "E[23505] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "9");
}

TEST_F(CopyTest, ATableThatIsNotThere) {
  EXPECT_EQ(a().Query("COPY nowhere FROM STDIN"), "E[42P01] Z[I]");
  EXPECT_THAT(a().Ask(Request().Sql("COPY nowhere FROM STDIN").Sync()),
              testing::EndsWith("E[42P01] Z[I]"));
  ExpectUsable();
}

TEST_F(CopyTest, TooManyRows) {
  std::string rows;
  for (int i = 0; i < 3001; ++i) absl::StrAppend(&rows, i + 100, "\t1\n");
  Start(kCopy);
  a().Send(Data(rows));
  EXPECT_EQ(a().ReadReady(), "E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  Start(kCopy);
  a().Send(Data(rows));
  EXPECT_EQ(a().ReadReady(), "E[54000] Z[E]");
  EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "9");
}

TEST_F(CopyTest, TooManyBytes) {
  Start("COPY big FROM STDIN");
  SendBig(12, 1 << 20);
  EXPECT_EQ(a().ReadReady(), "E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows("big"), "0");
}

TEST_F(CopyTest, TooManyBytesInABlock) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  Start("COPY big FROM STDIN");
  SendBig(12, 1 << 20);
  // At the COPY or at COMMIT, and then COMMIT is not said to be one.
  const std::string told = a().ReadReady();
  if (told == "C[COPY 12] Z[T]") {
    EXPECT_EQ(a().Query("COMMIT"), "E[54000] Z[I]");
  } else {
    EXPECT_EQ(told, "E[54000] Z[E]");
    EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  }
  ExpectUsable();
  EXPECT_EQ(Rows("big"), "0");
}

TEST_F(CopyTest, MoreThanMemoryShouldHold) {
  [[maybe_unused]] const int before = PeakMemory();
  Start("COPY big FROM STDIN");
  SendBig(200, 1 << 20);
  EXPECT_EQ(a().ReadReady(), "E[54000] Z[I]");
#ifndef ABSL_HAVE_ADDRESS_SANITIZER  // It keeps what was freed.
  EXPECT_LT(PeakMemory() - before, 100);
#endif
  ExpectUsable();
}

// As little as one.
TEST_F(CopyTest, ManyInABlockHoldNoMoreMemory) {
  [[maybe_unused]] const int before = PeakMemory();
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  std::string told;
  int count = 0;
  do {
    Start("COPY big FROM STDIN");
    SendBig(1, 1 << 20, count);
    told = a().ReadReady();
    ++count;
  } while (told == "C[COPY 1] Z[T]" && count < 100);
  EXPECT_EQ(told, "E[54000] Z[E]");
#ifndef ABSL_HAVE_ADDRESS_SANITIZER  // It keeps what was freed.
  EXPECT_LT(PeakMemory() - before, 150);
#endif
  EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  ExpectUsable();
}

TEST_F(CopyTest, BehindTheEndOfAFailedBlock) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT nothing"), "E[42703@8] Z[E]");
  Start("ROLLBACK; COPY t FROM STDIN", "C[ROLLBACK] ");
  a().Send(Data("50\t1\n"));
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[I]");
  EXPECT_EQ(Rows(), "10");
}

// Who is slow with its data holds up nobody.
TEST_F(CopyTest, InTheMiddleOfIt) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  Start("COPY t FROM STDIN");
  a().Send(Request().CopyData("50\t1\n"));
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(b().Query("INSERT INTO t VALUES (50, 2)"), "C[INSERT 0 1] Z[I]");
  EXPECT_EQ(b().Query("ALTER TABLE big ADD COLUMN y int"),
            "C[ALTER TABLE] Z[I]");
  a().Send(Request().CopyDone());
  EXPECT_EQ(a().ReadReady(), "C[COPY 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

// As PostgreSQL, which cannot know what comes after it.
TEST_F(CopyTest, AStatementInsteadOfData) {
  Start(kCopy);
  a().Send(Request().CopyData("50\t1\n").Query("SELECT 1"));
  EXPECT_EQ(a().ReadReady(), "E[08P01] E[FATAL 08P01] <closed>");
  EXPECT_EQ(Rows(), "9");
}

TEST_F(CopyTest, MessagesOfTheExtendedProtocolInsteadOfData) {
  a().Send(Request().Sql(kCopy).Flush());
  EXPECT_EQ(a().Read('G'), "1 2 G");
  a().Send(Request().Sql("SELECT 1").Sync());
  EXPECT_EQ(a().ReadReady(), "E[08P01] E[FATAL 08P01] <closed>");
}

// What others commit while the data comes is behind its snapshot.
TEST_F(CopyTest, AKeyThatOthersTookMeanwhile) {
  EXPECT_EQ(CopyWhile("INSERT INTO t VALUES (50, 9)", "50\t1\n"), kOC000);
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 50"), "9");
}

TEST_F(CopyTest, AKeyThatWasThereBeforeOthersCommitted) {
  EXPECT_EQ(CopyWhile("INSERT INTO t VALUES (50, 9)", "1\t1\n"),
            "E[23505] Z[I]");
}

// Of which there can be no copy to look at.
TEST_F(CopyTest, AKeyThatWasThereBeforeOfATableWithAView) {
  Run("CREATE SCHEMA s");
  Run("CREATE VIEW s.t AS SELECT * FROM t");
  a_ = NewSession();
  EXPECT_EQ(CopyWhile("INSERT INTO t VALUES (50, 9)", "1\t1\n"),
            "E[23505] Z[I]");
}

// The rows of its copy are not those that it writes, and count to no limit.
TEST_F(CopyTest, AKeyOfManyThatOthersTookMeanwhile) {
  for (const char* range : {"1, 1500", "1501, 3000"})
    Run(
        absl::StrCat("INSERT INTO big SELECT g, repeat('x', 6000) "
                     "FROM generate_series(",
                     range, ") g"));
  EXPECT_EQ(CopyWhile("INSERT INTO big VALUES (5000, 'z')", "5000\ty\n",
                      "COPY big FROM STDIN"),
            kOC000);
  EXPECT_EQ(Value("SELECT x FROM big WHERE k = 5000"), "z");
}

TEST_F(CopyTest, AKeyOfATableWithDefaultsThatOthersTookMeanwhile) {
  Run("CREATE TABLE d (k int PRIMARY KEY, t timestamptz DEFAULT now(), "
      "u uuid DEFAULT gen_random_uuid())");
  a_ = NewSession();
  EXPECT_EQ(
      CopyWhile("INSERT INTO d VALUES (1)", "1\n", "COPY d (k) FROM STDIN"),
      kOC000);
}

TEST_F(CopyTest, AKeyThatOthersRemovedMeanwhile) {
  EXPECT_EQ(CopyWhile("DELETE FROM t WHERE k = 1", "1\t1\n"), "E[23505] Z[I]");
  EXPECT_EQ(Rows(), "8");
}

TEST_F(CopyTest, AParentThatOthersRemovedMeanwhile) {
  Run("CREATE TABLE child (id int PRIMARY KEY, k int REFERENCES t)");
  a_ = NewSession();
  EXPECT_EQ(
      CopyWhile("DELETE FROM t WHERE k = 1", "1\t1\n", "COPY child FROM STDIN"),
      kOC000);
  // Its own error, which it has without others, too.
  EXPECT_EQ(CopyWhile("INSERT INTO child VALUES (2, 2)", "2\t99\n",
                      "COPY child FROM STDIN"),
            "E[23503] Z[I]");
}

// Told in the place of the completion, as in PostgreSQL.
TEST_F(CopyTest, AKeyThatIsCheckedAtTheEnd) {
  Run("CREATE TABLE child (id int PRIMARY KEY, k int REFERENCES t "
      "DEFERRABLE INITIALLY DEFERRED)");
  a_ = NewSession();
  Start("COPY child FROM STDIN");
  a().Send(Data("1\t99\n"));
  EXPECT_EQ(a().ReadReady(), "E[23503] Z[I]");
  ExpectUsable();
}

}  // namespace
}  // namespace dsql_testing
