// SPDX-License-Identifier: Apache-2.0

// Plans in FORMAT TEXT.

#ifndef DSQL_SQL_PLAN_PLAN_TEXT_H_
#define DSQL_SQL_PLAN_PLAN_TEXT_H_

#include <string>
#include <vector>

namespace dsql::sql {

// `lines` of PostgreSQL's plan with scans as DSQL has them; all other lines
// stay. `estimates_dpus`: with what the statement cost at the end.
std::vector<std::string> TranslatePlanText(std::vector<std::string> lines,
                                           bool estimates_dpus);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PLAN_PLAN_TEXT_H_
