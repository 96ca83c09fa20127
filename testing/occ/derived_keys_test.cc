// SPDX-License-Identifier: Apache-2.0

// Keys that change although no statement sets them: those of generated columns,
// and those that referential actions set.

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"

namespace dsql_testing {
namespace {

constexpr char kCommitted[] = "C[COMMIT] Z[I]";
constexpr char kDelete[] = "DELETE FROM p WHERE id = 1";

class DerivedKeysTest : public WireTest {
 protected:
  void MakeGenerated() {
    Run("CREATE TABLE g (id int PRIMARY KEY, a int, v int, "
        "twice int GENERATED ALWAYS AS (a * 2) STORED UNIQUE)");
    Run("INSERT INTO g (id, a) VALUES (1, 1), (3, 3)");
  }
  void MakeChildren(const std::string& p) {
    Run("CREATE TABLE p (id int PRIMARY KEY)");
    Run("INSERT INTO p VALUES (1), (2)");
    Run(absl::StrCat("CREATE TABLE c (id int PRIMARY KEY, ", p, ")"));
    Run("INSERT INTO c (id, p) VALUES (1, 1)");
  }
  void BeginA() {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  }
  // Of A, when B has shared the row 1 of the table since A began.
  std::string CommitOf(const std::string& write, const std::string& shared) {
    BeginA();
    EXPECT_EQ(b().Query(absl::StrCat("SELECT id FROM ", shared,
                                     " WHERE id = 1 FOR KEY SHARE")),
              "T D(1) C[SELECT 1] Z[I]");
    EXPECT_EQ(a().Query(write).substr(0, 2), "C[");
    return a().Query("COMMIT");
  }
};

TEST_F(DerivedKeysTest, AGeneratedKeyThatAnotherChangedIsStillThere) {
  MakeGenerated();
  BeginA();
  EXPECT_EQ(b().Query("UPDATE g SET a = 5 WHERE id = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Query("INSERT INTO g (id, a) VALUES (2, 1)"), "E[23505] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
}

TEST_F(DerivedKeysTest, GeneratedKeysOfSharedRows) {
  MakeGenerated();
  EXPECT_EQ(CommitOf("UPDATE g SET v = 1 WHERE id = 1", "g"), kCommitted);
  EXPECT_EQ(CommitOf("UPDATE g SET a = 7 WHERE id = 3", "g"), kCommitted);
  EXPECT_EQ(CommitOf("UPDATE g SET a = 8 WHERE id = 1", "g"), kOC000);
}

TEST_F(DerivedKeysTest, KeysOfSharedRowsThatAreSetNull) {
  MakeChildren("p int UNIQUE REFERENCES p ON DELETE SET NULL");
  EXPECT_EQ(CommitOf("DELETE FROM p WHERE id = 2", "c"), kCommitted);
  EXPECT_EQ(CommitOf(kDelete, "c"), kOC000);
}

TEST_F(DerivedKeysTest, GeneratedKeysOfSharedRowsThatAreSetNull) {
  MakeChildren(
      "p int REFERENCES p ON DELETE SET NULL, "
      "twice int GENERATED ALWAYS AS (p * 2) STORED UNIQUE");
  EXPECT_EQ(CommitOf(kDelete, "c"), kOC000);
}

TEST_F(DerivedKeysTest, WhatIsSetNullIsNoKey) {
  MakeChildren("p int REFERENCES p ON DELETE SET NULL");
  EXPECT_EQ(CommitOf(kDelete, "c"), kCommitted);
}

}  // namespace
}  // namespace dsql_testing
