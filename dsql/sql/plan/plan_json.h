// SPDX-License-Identifier: Apache-2.0

// Plans in the formats that have a structure.

#ifndef DSQL_SQL_PLAN_PLAN_JSON_H_
#define DSQL_SQL_PLAN_PLAN_JSON_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// PostgreSQL's plan in FORMAT JSON with scans as DSQL has them, in the format
// that is asked for; all else stays. Nullopt where it cannot be read.
absl::optional<std::string> TranslatePlanJson(const Explain& explain,
                                              absl::string_view plan);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PLAN_PLAN_JSON_H_
