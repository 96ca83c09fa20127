#include "dsql/sql/startup_setting.h"

namespace dsql::sql {

absl::optional<Refusal> CheckStartupSetting(absl::string_view name,
                                            absl::string_view value,
                                            const DialectOptions& options) {
  return absl::nullopt;
}

}  // namespace dsql::sql
