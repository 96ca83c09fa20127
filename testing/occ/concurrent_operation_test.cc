// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_operation.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using Operation = ConcurrentOperation;

Operation Of(Operation::Kind kind) {
  Operation operation;
  operation.kind = kind;
  operation.row = {'a', 3};
  operation.last = 4;
  operation.element = "x:1";
  return operation;
}

// "saw 3 [x:1] 1, absent 4"; or "impossible".
std::string Told(const Operation& operation, const ConcurrentAnswer& answer) {
  static constexpr const char* kKinds[] = {
      "saw", "absent", "present", "append", "create", "remove", "lock"};
  std::vector<Access> accesses;
  if (!AddAccesses(operation, answer, &accesses).ok()) return "impossible";
  std::vector<std::string> told;
  for (const Access& access : accesses)
    told.push_back(absl::StrCat(kKinds[access.kind], " ", access.row.second,
                                access.elements.empty() ? "" : " ",
                                absl::StrJoin(access.elements, "+")));
  return absl::StrJoin(told, ", ");
}

struct Case {
  Operation::Kind kind;
  ConcurrentAnswer answer;
  const char* told;
};

TEST(ConcurrentOperationTest, AnswersTellOfRows) {
  const Case kCases[] = {
      {Operation::kRead, {"SELECT 1", {{"3", "1", "x:1"}}}, "saw 3 x:1"},
      {Operation::kRead, {"SELECT 0", {}}, "absent 3"},
      {Operation::kRead, {"SELECT 1", {{"4", "1", "x:1"}}}, "impossible"},
      {Operation::kReadRange,
       {"SELECT 1", {{"4", "1", "x:1 y:0"}}},
       "saw 4 x:1+y:0, absent 3"},
      {Operation::kReadRange,
       {"SELECT 2", {{"4", "1", "x:1"}, {"4", "1", "y:1"}}},
       "impossible"},
      {Operation::kReadLocked,
       {"SELECT 1", {{"3", "1", "x:1"}}},
       "saw 3 x:1, lock 3"},
      {Operation::kReadLocked, {"SELECT 0", {}}, "absent 3"},
      {Operation::kUpdate,
       {"UPDATE 1", {{"3", "1", "w:0 x:1"}}},
       "append 3 x:1, saw 3 w:0+x:1"},
      {Operation::kUpdate, {"UPDATE 0", {}}, "absent 3"},
      {Operation::kUpdate, {"UPDATE 1", {}}, "impossible"},
      {Operation::kBlindUpdate, {"UPDATE 1", {}}, "append 3 x:1"},
      {Operation::kRewrite, {"UPDATE 1", {}}, "append 3 x:1"},
      {Operation::kInsert, {"INSERT 0 1", {}}, "create 3 x:1"},
      {Operation::kInsertUnique, {"INSERT 0 1", {}}, "create 3 x:1, lock 0"},
      {Operation::kDelete,
       {"DELETE 1", {{"3", "1", "x:1"}}},
       "saw 3 x:1, remove 3"},
      {Operation::kDelete, {"DELETE 2", {}}, "impossible"},
      {Operation::kDivide, {"SELECT 1", {{"10"}}}, ""},
  };
  for (const Case& c : kCases)
    EXPECT_EQ(Told(Of(c.kind), c.answer), c.told)
        << c.kind << " " << c.answer.tag;
}

TEST(ConcurrentOperationTest, ValuesAreWrittenIntoTexts) {
  EXPECT_EQ(ToSql(Of(Operation::kBlindUpdate)).Inlined(),
            "UPDATE acct SET v = v + '0'::bigint, h = h || ' ' || "
            "'x:1'::text WHERE k = '3'");
}

TEST(ConcurrentOperationTest, TextsAreTheSameForAllRows) {
  Operation other = Of(Operation::kRewrite);
  other.row.second = 9;
  other.before = {"w:0"};
  EXPECT_EQ(ToSql(other).text, ToSql(Of(Operation::kRewrite)).text);
  EXPECT_EQ(ToSql(other).values.back(), "w:0 x:1");
}

}  // namespace
}  // namespace dsql_testing
