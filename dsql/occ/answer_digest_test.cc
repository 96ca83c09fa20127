// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/answer_digest.h"

#include <vector>

#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

std::string Answer(const std::vector<std::string>& rows, const char* tag) {
  std::string answer;
  pgwire::EncodeTextRowDescription({"a"}, &answer);
  for (const std::string& row : rows) pgwire::EncodeDataRow({row}, &answer);
  pgwire::EncodeCommandComplete(tag, &answer);
  pgwire::EncodeReadyForQuery('T', &answer);
  return answer;
}

AnswerDigest DigestOf(const std::string& answer) {
  AnswerDigest digest;
  digest.Add(answer);
  return digest;
}

TEST(AnswerDigestTest, TheOrderOfRowsDoesNotMatter) {
  EXPECT_EQ(DigestOf(Answer({"1", "2"}, "SELECT 2")),
            DigestOf(Answer({"2", "1"}, "SELECT 2")));
}

TEST(AnswerDigestTest, RowsAndTagsMatter) {
  const AnswerDigest digest = DigestOf(Answer({"1", "2"}, "SELECT 2"));
  EXPECT_NE(digest, DigestOf(Answer({"1", "3"}, "SELECT 2")));
  EXPECT_NE(digest, DigestOf(Answer({"1", "2", "2"}, "SELECT 2")));
  EXPECT_NE(digest, DigestOf(Answer({"1", "2"}, "SELECT 3")));
  EXPECT_NE(digest, DigestOf(Answer({}, "SELECT 2")));
}

TEST(AnswerDigestTest, ErrorsMatterByTheirCode) {
  std::string error;
  pgwire::EncodeErrorResponse(DataConflict(), &error);
  std::string other;
  pgwire::EncodeErrorResponse(SchemaConflict(), &other);
  EXPECT_EQ(DigestOf(error), DigestOf(other));
  EXPECT_EQ(SqlstateOf(Answer({"1"}, "SELECT 1") + error), "40001");
  EXPECT_EQ(SqlstateOf(Answer({"1"}, "SELECT 1")), "");
}

}  // namespace
}  // namespace dsql
