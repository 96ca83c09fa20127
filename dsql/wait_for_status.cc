// SPDX-License-Identifier: Apache-2.0

#include "dsql/wait_for_status.h"

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

// Between two looks.
constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

absl::Status WaitForStatus(Clock* clock, absl::Duration timeout,
                           StatusLook look) {
  const absl::Time deadline = clock->Now() + timeout;
  while (true) {
    DSQL_ASSIGN_OR_RETURN(const std::string missing, look());
    if (missing.empty()) return absl::OkStatus();
    const absl::Time before = clock->Now();
    if (before >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(missing, " after ", absl::FormatDuration(timeout)));
    }
    clock->SleepFor(kInterval);
    if (clock->Now() <= before) {
      return absl::DeadlineExceededError(absl::StrCat(
          missing,
          ", and FakeDsqlOptions::clock stands still: its SleepFor() "
          "must move it"));
    }
  }
}

}  // namespace dsql
