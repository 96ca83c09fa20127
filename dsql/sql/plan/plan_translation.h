// SPDX-License-Identifier: Apache-2.0

// PostgreSQL's plans in DSQL's terms.

#ifndef DSQL_SQL_PLAN_PLAN_TRANSLATION_H_
#define DSQL_SQL_PLAN_PLAN_TRANSLATION_H_

#include <string>
#include <vector>

#include "dsql/sql/statement.h"

namespace dsql::sql {

// The rows of EXPLAIN, from those that PostgreSQL answers: lines of FORMAT
// TEXT, or for all other formats one of FORMAT JSON. Nodes that DSQL has no
// other name for stay PostgreSQL's; an answer that cannot be read stays as it
// is.
//
// Thread-safe.
std::vector<std::string> TranslatePlan(const Explain& explain,
                                       std::vector<std::string> rows);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PLAN_PLAN_TRANSLATION_H_
