// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/refusals.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
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

absl::Status SniNotReceived() {
  return Refusal("08006", "unable to accept connection, sni was not received");
}

absl::Status NoClusterNamed() {
  return Refusal("08006", "unable to accept connection, no cluster was named",
                 "This address leads to all clusters of a Region. Connect to "
                 "the cluster's PrivateLink host, so that SNI names it, or say "
                 "options=-c amzn-cluster-id=<identifier>.");
}

absl::Status UnknownCluster(absl::string_view identifier) {
  return Refusal("08006",
                 absl::StrCat("unable to accept connection, there is no "
                              "cluster ",
                              absl::CEscape(identifier)),
                 "The cluster is named by SNI or by amzn-cluster-id, and must "
                 "be in the Region of the VPC endpoint.");
}

absl::Status TooManyOpenConnections() {
  return Refusal("53300",
                 "Unable to accept connection, too many open connections.");
}

absl::Status ConnectionRateExceeded() {
  return Refusal("53400", "Unable to accept connection, rate exceeded.");
}

}  // namespace dsql
