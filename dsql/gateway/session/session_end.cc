// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/session_end.h"

#include <algorithm>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/string_view.h"
#include "dsql/base/sql_error.h"

namespace dsql {
namespace {

absl::Status SessionEnd(absl::string_view message, absl::string_view hint) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("57P01");
  detail.set_message(std::string(message));
  if (!hint.empty()) detail.set_hint(std::string(hint));
  return SqlError(detail);
}

}  // namespace

absl::Status ConnectionIsTooOld() {
  return SessionEnd("terminating connection due to the connection's age",
                    "A connection lives for 60 minutes. Connect again.");
}

absl::Status AdministratorCommand() {
  return SessionEnd("terminating connection due to administrator command", "");
}

void SessionEnds::Set(absl::Time now, const std::vector<absl::Time>& times) {
  absl::MutexLock lock(&mutex_);
  // Who was connected before an earlier one was before the last one, too.
  absl::Time last = absl::InfinitePast();
  for (const absl::Time time : times_)
    if (time <= now) last = std::max(last, time);
  times_ = times;
  times_.push_back(last);
  set_ = true;
}

bool SessionEnds::HasCome(absl::Time opened, absl::Time now) const {
  if (!set_) return false;
  absl::MutexLock lock(&mutex_);
  return absl::c_any_of(
      times_, [&](absl::Time end) { return opened < end && end <= now; });
}

}  // namespace dsql
