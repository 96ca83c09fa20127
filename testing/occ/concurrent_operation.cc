// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_operation.h"

#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "dsql/base/status_macros.h"

namespace dsql_testing {
namespace {

using Operation = ConcurrentOperation;

Access Touch(Access::Kind kind, const Operation& operation) {
  Access access;
  access.kind = kind;
  access.row = operation.row;
  if (kind == Access::kAppend || kind == Access::kCreate)
    access.elements = {operation.element};
  return access;
}

// Nobody else may commit the same value of uniq.u.
Access Claim(const Operation& operation) {
  Access access;
  access.kind = Access::kLock;
  access.row = {'u', operation.u};
  return access;
}

absl::Status Impossible(const ConcurrentAnswer& answer) {
  std::string text = answer.tag;
  for (const auto& row : answer.rows)
    absl::StrAppend(&text, " (", absl::StrJoin(row, ", "), ")");
  return absl::InternalError("no answer to this statement: " + text);
}

absl::Status AddRows(const Operation& operation, const ConcurrentAnswer& answer,
                     std::vector<Access>* accesses) {
  std::set<int> absent;
  const int first = operation.row.second;
  const bool range = operation.kind == Operation::kReadRange;
  for (int k = first; k <= (range ? operation.last : first); ++k)
    absent.insert(k);
  for (const auto& row : answer.rows) {
    Access access;
    int k = 0;
    if (row.size() != 3 || !absl::SimpleAtoi(row[0], &k) ||
        !absl::SimpleAtoi(row[1], &access.value) || absent.erase(k) == 0)
      return Impossible(answer);
    access.row = {operation.row.first, k};
    access.elements = absl::StrSplit(row[2], ' ');
    accesses->push_back(access);
  }
  for (int k : absent) {
    Access access;
    access.kind = Access::kSawAbsent;
    access.row = {operation.row.first, k};
    accesses->push_back(access);
  }
  return absl::OkStatus();
}

absl::Status AddWrite(const Operation& operation,
                      const ConcurrentAnswer& answer,
                      std::vector<Access>* accesses) {
  const absl::string_view count =
      absl::string_view(answer.tag).substr(answer.tag.rfind(' ') + 1);
  if (count == "0") {
    accesses->push_back(Touch(Access::kSawAbsent, operation));
    return answer.rows.empty() ? absl::OkStatus() : Impossible(answer);
  }
  if (count != "1") return Impossible(answer);
  const bool blind = operation.inserts() ||
                     operation.kind == Operation::kBlindUpdate ||
                     operation.kind == Operation::kRewrite;
  if (answer.rows.size() != (blind ? 0 : 1)) return Impossible(answer);
  if (operation.kind == Operation::kDelete) {
    DSQL_RETURN_IF_ERROR(AddRows(operation, answer, accesses));
    accesses->push_back(Touch(Access::kRemove, operation));
    return absl::OkStatus();
  }
  accesses->push_back(Touch(
      operation.inserts() ? Access::kCreate : Access::kAppend, operation));
  if (operation.sets_unique()) accesses->push_back(Claim(operation));
  return blind ? absl::OkStatus() : AddRows(operation, answer, accesses);
}

const char* TableOf(const Operation& operation) {
  return operation.row.first == 'a' ? "acct" : "uniq";
}

}  // namespace

bool ConcurrentOperation::writes() const {
  return kind != kRead && kind != kReadRange && kind != kReadLocked &&
         kind != kDivide;
}

std::string ConcurrentSql::Inlined() const {
  std::string inlined = text;
  for (size_t i = 0; i < values.size(); ++i)
    inlined = absl::StrReplaceAll(
        inlined,
        {{absl::StrCat("$", i + 1), absl::StrCat("'", values[i], "'")}});
  return inlined;
}

ConcurrentSql ToSql(const ConcurrentOperation& operation) {
  const std::string table = TableOf(operation);
  const std::string k = absl::StrCat(operation.row.second);
  const std::string u = absl::StrCat(operation.u);
  const std::string v = absl::StrCat(operation.number);
  const std::string& h = operation.element;
  const std::string read = "SELECT k, v, h FROM " + table;
  const std::string write =
      "UPDATE " + table + " SET v = v + $2::bigint, h = h || ' ' || $3::text";
  switch (operation.kind) {
    case Operation::kRead:
      return {read + " WHERE k = $1", {k}};
    case Operation::kReadRange:
      return {read + " WHERE k BETWEEN $1 AND $2",
              {k, absl::StrCat(operation.last)}};
    case Operation::kReadLocked:
      return {read + " WHERE k = $1 FOR UPDATE", {k}};
    case Operation::kUpdate:
      return {write + " WHERE k = $1 RETURNING k, v, h", {k, v, h}};
    case Operation::kBlindUpdate:
      return {write + " WHERE k = $1", {k, v, h}};
    case Operation::kRewrite:
      return {"UPDATE " + table + " SET v = $2, h = $3 WHERE k = $1",
              {k, absl::StrCat(operation.before_number + operation.number),
               absl::StrCat(absl::StrJoin(operation.before, " "), " ", h)}};
    case Operation::kInsert:
      return {"INSERT INTO acct (k, v, h) VALUES ($1, $2, $3)", {k, v, h}};
    case Operation::kDelete:
      return {"DELETE FROM " + table + " WHERE k = $1 RETURNING k, v, h", {k}};
    case Operation::kUpdateUnique:
      return {write + ", u = $4 WHERE k = $1 RETURNING k, v, h", {k, v, h, u}};
    case Operation::kInsertUnique:
      return {"INSERT INTO uniq (k, v, h, u) VALUES ($1, $2, $3, $4)",
              {k, v, h, u}};
    case Operation::kDivide:
      return {"SELECT 10 / $1::int", {v}};
  }
  return {};
}

absl::Status AddAccesses(const ConcurrentOperation& operation,
                         const ConcurrentAnswer& answer,
                         std::vector<Access>* accesses) {
  if (operation.kind == Operation::kDivide) return absl::OkStatus();
  if (operation.writes()) return AddWrite(operation, answer, accesses);
  if (answer.tag != absl::StrCat("SELECT ", answer.rows.size()))
    return Impossible(answer);
  DSQL_RETURN_IF_ERROR(AddRows(operation, answer, accesses));
  if (operation.kind == Operation::kReadLocked && !answer.rows.empty())
    accesses->push_back(Touch(Access::kLock, operation));
  return absl::OkStatus();
}

void AddIntentions(const ConcurrentOperation& operation,
                   std::vector<Access>* accesses) {
  if (operation.kind == Operation::kReadLocked)
    accesses->push_back(Touch(Access::kLock, operation));
  if (!operation.writes()) return;
  Access::Kind kind = Access::kAppend;
  if (operation.inserts()) kind = Access::kCreate;
  if (operation.kind == Operation::kDelete) kind = Access::kRemove;
  Access access = Touch(kind, operation);
  access.maybe = true;
  accesses->push_back(access);
  if (operation.sets_unique()) accesses->push_back(Claim(operation));
}

std::vector<std::string> ConcurrentSchema() {
  return {"CREATE TABLE acct (k int PRIMARY KEY, v bigint, h text)",
          "CREATE TABLE uniq (k int PRIMARY KEY, u int UNIQUE, v bigint, "
          "h text)",
          "CREATE TABLE hooks (k int PRIMARY KEY, n bigint)"};
}

}  // namespace dsql_testing
