// SPDX-License-Identifier: Apache-2.0

// Parents that a transaction removes whose children, by its snapshot, others
// have moved or deleted since: PostgreSQL looks for children in what is
// committed now.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"

namespace dsql_testing {
namespace {

constexpr char kDeferred[] = "DEFERRABLE INITIALLY DEFERRED";
constexpr char kDelete[] = "DELETE FROM p WHERE id = 1";
constexpr char kDeleted[] = "C[DELETE 1] Z[T]";
constexpr char kCommitted[] = "C[COMMIT] Z[I]";
constexpr char kChild[] = "SELECT p FROM c WHERE id = 1";

class ForeignKeysTest : public WireTest {
 protected:
  // Parents 1 to 4; the child 1 of parent 1; 3 of 3, and 4 of none if the key
  // lets it.
  void MakeTables(const std::string& key) {
    Run("CREATE TABLE p (id int PRIMARY KEY)");
    Run("INSERT INTO p VALUES (1), (2), (3), (4)");
    const bool valid = !absl::EndsWith(key, "NOT VALID");
    const std::string references = " REFERENCES p " + key;
    Run(absl::StrCat("CREATE TABLE c (id int PRIMARY KEY, p int DEFAULT 2",
                     valid ? references : "", ")"));
    Run("INSERT INTO c VALUES (1, 1), (3, 3)");
    if (valid) return;
    Run("INSERT INTO c VALUES (4, 77)");
    Run("ALTER TABLE c ADD CONSTRAINT ck FOREIGN KEY (p)" + references);
  }
  void BeginBefore(const std::string& write) {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query(kChild), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(b().Query(write).substr(0, 2), "C[");
  }
};

struct Action {
  const char* key;
  const char* write;
  // What is then seen of the child.
  const char* child;
};

class ActionsTest : public ForeignKeysTest,
                    public ::testing::WithParamInterface<Action> {
 protected:
  void Expect(const std::string& more) {
    MakeTables(GetParam().key + more);
    BeginBefore("UPDATE c SET p = 2 WHERE id = 1");
    EXPECT_EQ(a().Query(GetParam().write).substr(0, 2), "C[");
    EXPECT_EQ(a().Query(kChild), GetParam().child);
    EXPECT_EQ(a().Query("COMMIT"), kOC000);
    EXPECT_EQ(b().Query(kChild), "T D(2) C[SELECT 1] Z[I]");
  }
};

TEST_P(ActionsTest, Collide) { Expect(""); }
TEST_P(ActionsTest, OfDeferredKeysCollide) { Expect(kDeferred); }
TEST_P(ActionsTest, OfKeysThatAreNotValidCollide) { Expect("NOT VALID"); }

INSTANTIATE_TEST_SUITE_P(
    All, ActionsTest,
    ::testing::Values(
        Action{"ON DELETE CASCADE ", kDelete, "T C[SELECT 0] Z[T]"},
        Action{"ON DELETE SET NULL ", kDelete, "T D(NULL) C[SELECT 1] Z[T]"},
        Action{"ON DELETE SET DEFAULT ", kDelete, "T D(2) C[SELECT 1] Z[T]"},
        Action{"ON UPDATE CASCADE ", "UPDATE p SET id = 9 WHERE id = 1",
               "T D(9) C[SELECT 1] Z[T]"}));

TEST_F(ForeignKeysTest, GrandchildrenCollideToo) {
  MakeTables("ON DELETE CASCADE");
  Run("CREATE TABLE g (id int PRIMARY KEY, c int REFERENCES c "
      "ON DELETE CASCADE)");
  Run("INSERT INTO g VALUES (1, 1)");
  BeginBefore("UPDATE g SET c = 3 WHERE id = 1");
  EXPECT_EQ(a().Query(kDelete), kDeleted);
  EXPECT_EQ(a().Query("SELECT c FROM g"), "T C[SELECT 0] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(ForeignKeysTest, ADeferredOneFailsAtCommitByTheSnapshot) {
  MakeTables(kDeferred);
  for (const char* write :
       {"DELETE FROM c WHERE id = 1", "UPDATE c SET p = 2 WHERE id = 1"}) {
    Run("INSERT INTO c VALUES (1, 1) ON CONFLICT DO NOTHING");
    BeginBefore(write);
    EXPECT_EQ(a().Query(kDelete), kDeleted);
    EXPECT_EQ(a().Query("COMMIT"), "E[23503] Z[I]");
  }
}

// Whose parent comes again.
TEST_F(ForeignKeysTest, ADeferredOneThatIsMendedCommits) {
  MakeTables(kDeferred);
  BeginBefore("DELETE FROM c WHERE id = 3");
  EXPECT_EQ(a().Query(kDelete), kDeleted);
  EXPECT_EQ(a().Query("INSERT INTO p VALUES (1)"), "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query("INSERT INTO c VALUES (5, 55)"), "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query("INSERT INTO p VALUES (55)"), "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kCommitted);
}

TEST_F(ForeignKeysTest, OneThatIsNotValidFailsByTheSnapshot) {
  MakeTables("NOT VALID");
  BeginBefore("DELETE FROM c WHERE id = 1");
  EXPECT_EQ(a().Query(kDelete), "E[23503] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
}

// The child 4 never had a parent.
TEST_F(ForeignKeysTest, OneThatIsNotValidMayHaveBeenViolatedBefore) {
  for (const std::string action : {"", "ON DELETE CASCADE "}) {
    for (const std::string deferred : {"", kDeferred}) {
      SCOPED_TRACE(action + deferred);
      MakeTables(absl::StrCat(action, deferred, " NOT VALID"));
      BeginBefore("DELETE FROM c WHERE id = 3");
      EXPECT_EQ(a().Query("DELETE FROM p WHERE id = 4"), kDeleted);
      EXPECT_EQ(a().Query("COMMIT"), kCommitted);
      Run("DROP TABLE c");
      Run("DROP TABLE p");
    }
  }
}

// What A has set of constraints before B is in its way.
class SetConstraintsTest : public ForeignKeysTest {
 protected:
  void SetUp() override {
    ForeignKeysTest::SetUp();
    MakeTables("DEFERRABLE");
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("UPDATE c SET p = 2 WHERE id = 1"), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  }
  void Set(const std::string& what) {
    EXPECT_EQ(a().Query("SET CONSTRAINTS " + what), "C[SET CONSTRAINTS] Z[T]");
  }
  void Insert(const std::string& what) {
    EXPECT_EQ(a().Query("INSERT INTO " + what), "C[INSERT 0 1] Z[T]") << what;
  }
  void StepAside(const std::string& write) {
    EXPECT_EQ(a().Query("UPDATE " + write), "C[UPDATE 1] Z[T]");
  }
  void ExpectCommitted() {
    EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    EXPECT_EQ(a().Query("COMMIT"), kCommitted);
  }
};

constexpr char kHeldChild[] = "c SET p = 3 WHERE id = 1";
constexpr char kHeldOther[] = "t SET v = 3 WHERE k = 1";

TEST_F(SetConstraintsTest, ByAPortalThatStaysOpen) {
  EXPECT_EQ(a().Ask(Request()
                        .Parse("s", "SELECT 7")
                        .Bind("other", "s")
                        .Parse("", "SET CONSTRAINTS ALL DEFERRED")
                        .Bind("q", "")
                        .Execute("q")
                        .Sync()),
            "1 2 1 2 C[SET CONSTRAINTS] Z[T]");
  StepAside(kHeldOther);
  StepAside(kHeldChild);
  Insert("c VALUES (2, 77)");
  Insert("p VALUES (77)");
  EXPECT_EQ(a().Ask(Request().Execute("other").Sync()),
            "D(7) C[SELECT 1] Z[T]");
  ExpectCommitted();
}

TEST_F(SetConstraintsTest, HoldsInACopy) {
  for (const char* name : {"c_p_fkey", "ALL"}) {
    Set(absl::StrCat(name, " DEFERRED"));
    StepAside(kHeldChild);
    Insert("c VALUES (2, 77)");
    EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  }
  Set("c_p_fkey DEFERRED");
  StepAside(kHeldChild);
  Insert("c VALUES (2, 77)");
  Insert("p VALUES (77)");
  ExpectCommitted();
}

TEST_F(SetConstraintsTest, HoldsInACopyThatIsMadeLater) {
  Set("c_p_fkey DEFERRED");
  StepAside(kHeldOther);
  Insert("c VALUES (2, 77)");
  Insert("p VALUES (77)");
  ExpectCommitted();
}

TEST_F(SetConstraintsTest, TheLastOneHolds) {
  Set("c_p_fkey DEFERRED");
  Set("c_p_fkey IMMEDIATE");
  StepAside(kHeldChild);
  EXPECT_EQ(a().Query("INSERT INTO c VALUES (2, 77)"), "E[23503] Z[E]");
}

TEST_F(SetConstraintsTest, WhatIsImmediateNoMoreIsNotChecked) {
  Set("ALL DEFERRED");
  Set("ALL IMMEDIATE");
  Set("ALL DEFERRED");
  Insert("c VALUES (5, 88)");
  StepAside(kHeldChild);
  Insert("c VALUES (2, 77)");
  StepAside(kHeldOther);
  Insert("p VALUES (77)");
  Insert("p VALUES (88)");
  ExpectCommitted();
}

}  // namespace
}  // namespace dsql_testing
