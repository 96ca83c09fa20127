// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_errors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"

namespace dsql {
namespace {

v1::SqlErrorDetail Error(absl::string_view sqlstate, std::string message) {
  v1::SqlErrorDetail detail;
  detail.set_severity("ERROR");
  detail.set_sqlstate(std::string(sqlstate));
  detail.set_message(std::move(message));
  return detail;
}

constexpr size_t kMegabyte = 1024 * 1024;

}  // namespace

v1::SqlErrorDetail DataConflict() {
  return Error("40001", "change conflicts with another transaction (OC000)");
}

v1::SqlErrorDetail SchemaConflict() {
  return Error("40001",
               "schema has been updated by another transaction (OC001)");
}

v1::SqlErrorDetail NoSuchRelation(absl::string_view name) {
  return Error("42P01", absl::StrCat("relation \"", name, "\" does not exist"));
}

v1::SqlErrorDetail RowLimitExceeded() {
  return Error("54000", "transaction row limit exceeded");
}

v1::SqlErrorDetail SizeLimitExceeded(size_t size, size_t max_size) {
  const std::string limit = absl::StrCat(max_size / kMegabyte, "mb");
  v1::SqlErrorDetail detail = Error(
      "54000", absl::StrCat("transaction size limit ", limit, " exceeded"));
  // Rounded up: what exceeds 10mb is not told to be 10mb.
  detail.set_detail(absl::StrCat("Current transaction size ",
                                 (size + kMegabyte - 1) / kMegabyte, "mb > ",
                                 limit));
  return detail;
}

v1::SqlErrorDetail KeyTooLarge() {
  return Error("54000", "key size too large");
}

v1::SqlErrorDetail AgeLimitExceeded(absl::Duration age,
                                    absl::Duration max_age) {
  const std::string limit = absl::StrCat(absl::ToInt64Seconds(max_age), "s");
  v1::SqlErrorDetail detail = Error(
      "54000", absl::StrCat("transaction age limit of ", limit, " exceeded"));
  detail.set_detail(absl::StrCat("Current transaction age ",
                                 absl::ToInt64Seconds(age), "s exceeds ",
                                 limit));
  return detail;
}

v1::SqlErrorDetail MultipleDdl() {
  return Error("0A000",
               "multiple ddl statements not supported in a transaction");
}

v1::SqlErrorDetail DdlBesideDml() {
  return Error("0A000",
               "ddl and dml are not supported in the same transaction");
}

v1::SqlErrorDetail AnalyzeInBlock() {
  return Error("25001", "ANALYZE cannot run inside a transaction block");
}

absl::Status CancelledByUser() {
  return SqlError(Error(kCancelled, "canceling statement due to user request"));
}

bool IsConflict(absl::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01";
}

bool MayBeConflict(absl::string_view sqlstate) {
  return sqlstate == "23505" || sqlstate == "23503";
}

}  // namespace dsql
