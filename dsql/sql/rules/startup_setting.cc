// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rules/startup_setting.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "dsql/sql/rules/rule_check.h"
#include "dsql/sql/rules/settings.h"

namespace dsql::sql {
namespace {

// Says which cluster is meant, where the host's name does not.
constexpr char kClusterId[] = "amzn-cluster-id";

bool Sets(absl::string_view name, absl::string_view setting) {
  return absl::EqualsIgnoreCase(name, setting);
}

}  // namespace

absl::optional<Refusal> CheckStartupSetting(absl::string_view name,
                                            absl::string_view value,
                                            const DialectOptions& options) {
  absl::optional<Refusal> refusal;
  if (Sets(name, "role")) {
    refusal = RefuseBy("set-role", name, options);
  } else if (!MayBeSet(name) && !Sets(name, kClusterId)) {
    refusal = RefuseBy("set", name, options);
  } else if (Sets(name, "search_path") &&
             absl::StrContains(absl::AsciiStrToLower(value), "dsql_internal")) {
    refusal = RefuseBy("internal-search-path", "", options);
  }
  if (refusal.has_value()) refusal->error.set_severity("FATAL");
  return refusal;
}

}  // namespace dsql::sql
