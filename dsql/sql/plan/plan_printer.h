// SPDX-License-Identifier: Apache-2.0

// Plans as PostgreSQL prints them.

#ifndef DSQL_SQL_PLAN_PLAN_PRINTER_H_
#define DSQL_SQL_PLAN_PLAN_PRINTER_H_

#include <string>

#include "boost/json.hpp"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// A document of FORMAT JSON in `format`, which is not TEXT, with the blanks and
// line breaks that PostgreSQL's EXPLAIN has in it.
std::string PrintPlan(Explain::Format format,
                      const boost::json::array& statements);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PLAN_PLAN_PRINTER_H_
