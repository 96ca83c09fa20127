// SPDX-License-Identifier: Apache-2.0

#include "dsql/base/sql_error.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsql/base/status_payload.h"

namespace dsql {
namespace {

struct CodeOfSqlState {
  absl::string_view prefix;
  absl::StatusCode code;
};

// The first prefix that matches decides.
constexpr CodeOfSqlState kCodes[] = {
    {"40001", absl::StatusCode::kAborted},
    {"23505", absl::StatusCode::kAlreadyExists},
    {"42P07", absl::StatusCode::kAlreadyExists},
    {"42710", absl::StatusCode::kAlreadyExists},
    {"42P01", absl::StatusCode::kNotFound},
    {"42501", absl::StatusCode::kPermissionDenied},
    {"57014", absl::StatusCode::kCancelled},
    {"08", absl::StatusCode::kUnavailable},
    {"0A", absl::StatusCode::kUnimplemented},
    {"22", absl::StatusCode::kInvalidArgument},
    {"23", absl::StatusCode::kFailedPrecondition},
    {"25", absl::StatusCode::kFailedPrecondition},
    {"28", absl::StatusCode::kPermissionDenied},
    {"3D", absl::StatusCode::kNotFound},
    {"42", absl::StatusCode::kInvalidArgument},
    {"53", absl::StatusCode::kResourceExhausted},
    {"54", absl::StatusCode::kResourceExhausted},
    {"57P0", absl::StatusCode::kUnavailable},
};

absl::StatusCode CodeOf(absl::string_view sqlstate) {
  for (const CodeOfSqlState& entry : kCodes) {
    if (absl::StartsWith(sqlstate, entry.prefix)) return entry.code;
  }
  return absl::StatusCode::kUnknown;
}

}  // namespace

absl::Status SqlError(const v1::SqlErrorDetail& detail) {
  std::string text = absl::StrCat(detail.severity(), " ", detail.sqlstate(),
                                  ": ", detail.message());
  if (detail.has_detail())
    absl::StrAppend(&text, "; DETAIL: ", detail.detail());
  if (detail.has_hint()) absl::StrAppend(&text, "; HINT: ", detail.hint());
  absl::Status status(CodeOf(detail.sqlstate()), text);
  SetStatusPayload(detail, &status);
  return status;
}

absl::optional<v1::SqlErrorDetail> GetSqlErrorDetail(
    const absl::Status& status) {
  return GetStatusPayload<v1::SqlErrorDetail>(status);
}

}  // namespace dsql
