// SPDX-License-Identifier: Apache-2.0

// The settings that a session may change.

#ifndef DSQL_SQL_RULES_SETTINGS_H_
#define DSQL_SQL_RULES_SETTINGS_H_

#include "absl/strings/string_view.h"

namespace dsql::sql {

// In either case of letters.
bool MayBeSet(absl::string_view name);

}  // namespace dsql::sql

#endif  // DSQL_SQL_RULES_SETTINGS_H_
