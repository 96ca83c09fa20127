#include "dsql/gateway/login/refusals.h"

#include <string>

#include "dsql/base/sql_error.h"

namespace dsql {
namespace {

absl::Status Refusal(absl::string_view sqlstate, absl::string_view message,
                     absl::string_view hint = "") {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate(std::string(sqlstate));
  detail.set_message(std::string(message));
  if (!hint.empty()) detail.set_hint(std::string(hint));
  return SqlError(detail);
}

}  // namespace

absl::Status AccessDenied(absl::string_view sqlstate, absl::string_view hint) {
  return Refusal(sqlstate, "unable to accept connection, access denied", hint);
}

absl::Status SslIsMandatory() { return Refusal("08P01", "SSL is mandatory"); }

absl::Status WakingUpCluster() {
  return Refusal(
      "08006",
      "unable to accept connection, waking up cluster, please retry later");
}

absl::Status TooManyOpenConnections() {
  return Refusal("53300",
                 "Unable to accept connection, too many open connections.");
}

absl::Status ConnectionRateExceeded() {
  return Refusal("53400", "Unable to accept connection, rate exceeded.");
}

}  // namespace dsql
