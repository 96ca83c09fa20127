// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/dsql_syntax.h"

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(DsqlSyntaxTest, AsyncIsBlanked) {
  const struct {
    const char* text;
    const char* plain;
  } kCases[] = {
      {"CREATE INDEX ASYNC i ON t (a)", "CREATE INDEX       i ON t (a)"},
      {"create unique index async on t (a)",
       "create unique index       on t (a)"},
      {"SELECT 1; ALTER TABLE ASYNC t VALIDATE CONSTRAINT c",
       "SELECT 1; ALTER TABLE       t VALIDATE CONSTRAINT c"},
      {"ALTER TABLE async ADD COLUMN a int",
       "ALTER TABLE       ADD COLUMN a int"},
      {"CREATE INDEX \"async\" ON t (a)", "CREATE INDEX \"async\" ON t (a)"},
      {"SELECT async FROM t", "SELECT async FROM t"},
  };
  for (const auto& test : kCases) {
    const PlainText plain = TranslateDsqlSyntax(test.text);
    EXPECT_EQ(plain.text, test.plain);
    EXPECT_EQ(plain.async.size(), plain.text == test.text ? 0 : 1);
  }
}

TEST(DsqlSyntaxTest, AsyncElsewhereIsNoName) {
  EXPECT_EQ(FindReservedName("SELECT 1, async FROM t"), 10);
  EXPECT_EQ(FindReservedName("SELECT \xC3\xA9, ASYNC"), 11);
  EXPECT_EQ(FindReservedName("SELECT 1 AS async, t.async FROM \"async\" t"),
            absl::nullopt);
  // Which is for PostgreSQL to tell.
  EXPECT_EQ(FindReservedName("SELEC async"), absl::nullopt);
}

TEST(DsqlSyntaxTest, AwsIamIsTakenOut) {
  const PlainText plain = TranslateDsqlSyntax(
      "SELECT 1; AWS IAM GRANT \"R\" TO 'it''s'; aws iam revoke r from 'x'");
  ASSERT_EQ(plain.aws_iam.size(), 2);
  EXPECT_EQ(plain.aws_iam[0].begin, 10);
  EXPECT_EQ(plain.aws_iam[0].length, 28);
  EXPECT_TRUE(plain.aws_iam[0].is_grant);
  EXPECT_EQ(plain.aws_iam[0].role, "R");
  EXPECT_EQ(plain.aws_iam[0].arn, "it's");
  EXPECT_FALSE(plain.aws_iam[1].is_grant);
  EXPECT_EQ(plain.aws_iam[1].role, "r");
}

TEST(DsqlSyntaxTest, OtherFormsStay) {
  for (const char* text : {"AWS IAM GRANT r 'x'", "AWS IAM GRANT r TO NULL",
                           "AWS IAM GRANT r TO 'x' y", "AWS IAM"}) {
    const PlainText plain = TranslateDsqlSyntax(text);
    EXPECT_TRUE(plain.aws_iam.empty()) << text;
    EXPECT_EQ(plain.text, text);
  }
}

}  // namespace
}  // namespace dsql::sql
