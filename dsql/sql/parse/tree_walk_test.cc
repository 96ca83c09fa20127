// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/tree_walk.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/parsed_text.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

// The messages in the order of the walk, with their depths. What is within one
// of the kind `closed` is left out.
std::string Walked(const std::string& text, const std::string& closed = "") {
  const ParsedText parsed(text);
  std::string result;
  Walk(parsed.root().stmts(0).stmt(),
       [&](const google::protobuf::Message& message,
           const Ancestors& ancestors) {
         const std::string name(message.GetDescriptor()->name());
         absl::StrAppend(&result, result.empty() ? "" : " ", name,
                         ancestors.size());
         return name != closed;
       });
  return result;
}

TEST(TreeWalkTest, OutermostFirst) {
  EXPECT_EQ(Walked("DELETE FROM t WHERE a"),
            "DeleteStmt0 RangeVar1 ColumnRef1 String2");
  EXPECT_EQ(Walked("SELECT f('x')"),
            "SelectStmt0 ResTarget1 FuncCall2 String3 A_Const3 String4");
}

TEST(TreeWalkTest, LeavesOutWhatIsNotWanted) {
  EXPECT_EQ(Walked("SELECT f('x'), a", "FuncCall"),
            "SelectStmt0 ResTarget1 FuncCall2 ResTarget1 ColumnRef2 String3");
  EXPECT_EQ(Walked("SELECT 1", "SelectStmt"), "SelectStmt0");
}

}  // namespace
}  // namespace dsql::sql
