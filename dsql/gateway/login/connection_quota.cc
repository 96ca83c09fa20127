#include "dsql/gateway/login/connection_quota.h"

#include <algorithm>
#include <string>

#include "dsql/base/sql_error.h"

namespace dsql {
namespace {

absl::Status Refused(const char* sqlstate, const char* message) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate(sqlstate);
  detail.set_message(message);
  return SqlError(detail);
}

}  // namespace

ConnectionQuota::ConnectionQuota(const ConnectionQuotas& quotas)
    : quotas_(quotas), tokens_(quotas.burst) {}

absl::StatusOr<ConnectionQuota::Admission> ConnectionQuota::Admit(
    absl::Time now) {
  if (open_ >= quotas_.connections) {
    return Refused("53300",
                   "Unable to accept connection, too many open connections.");
  }
  const absl::Duration passed =
      filled_ == absl::InfinitePast() ? absl::ZeroDuration() : now - filled_;
  // A clock that is set back gives nothing and takes nothing.
  const double earned = std::max(
      0.0, absl::ToDoubleSeconds(passed) * quotas_.connections_per_second);
  tokens_ = std::min(quotas_.burst, tokens_ + earned);
  filled_ = now;
  if (tokens_ < 1) {
    return Refused("53400", "Unable to accept connection, rate exceeded.");
  }
  tokens_ -= 1;
  ++open_;
  return Admission(this);
}

}  // namespace dsql
