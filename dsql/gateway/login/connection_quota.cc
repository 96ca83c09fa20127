// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/connection_quota.h"

#include <algorithm>

#include "dsql/gateway/login/refusals.h"

namespace dsql {

ConnectionQuota::ConnectionQuota(const ConnectionQuotas& quotas)
    : quotas_(quotas), tokens_(quotas.burst) {}

absl::StatusOr<ConnectionQuota::Admission> ConnectionQuota::Admit(
    absl::Time now) {
  if (open_ >= quotas_.connections) return TooManyOpenConnections();
  const absl::Duration passed =
      filled_ == absl::InfinitePast() ? absl::ZeroDuration() : now - filled_;
  // A clock that is set back gives nothing and takes nothing.
  const double earned = std::max(
      0.0, absl::ToDoubleSeconds(passed) * quotas_.connections_per_second);
  tokens_ = std::min(quotas_.burst, tokens_ + earned);
  filled_ = now;
  if (tokens_ < 1) return ConnectionRateExceeded();
  tokens_ -= 1;
  ++open_;
  return Admission(this);
}

}  // namespace dsql
