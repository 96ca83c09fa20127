// SPDX-License-Identifier: Apache-2.0

// The settings that a startup message may bring.

#ifndef DSQL_SQL_RULES_STARTUP_SETTING_H_
#define DSQL_SQL_RULES_STARTUP_SETTING_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// The refusal of a setting that SET would refuse as well; nullopt where it is
// allowed.
absl::optional<Refusal> CheckStartupSetting(absl::string_view name,
                                            absl::string_view value,
                                            const DialectOptions& options);

}  // namespace dsql::sql

#endif  // DSQL_SQL_RULES_STARTUP_SETTING_H_
