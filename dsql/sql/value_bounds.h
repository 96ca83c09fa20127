// SPDX-License-Identifier: Apache-2.0

// How large the values are that a statement writes, as far as its text tells.

#ifndef DSQL_SQL_VALUE_BOUNDS_H_
#define DSQL_SQL_VALUE_BOUNDS_H_

#include "absl/strings/string_view.h"

namespace pg_query {
class Node;
}

namespace dsql::sql {

// Whether an INSERT, UPDATE or DELETE writes only values that are not much
// larger than the constants and parameters that it has, each where it occurs:
// no function makes them longer, none comes from a row, and none of a row that
// was proposed comes twice. COPY FROM writes its data.
bool BoundsValues(const pg_query::Node& statement);

// The same of an expression's text: a default, say. Constants in it are bounded
// as well.
bool BoundsValue(absl::string_view expression);

}  // namespace dsql::sql

#endif  // DSQL_SQL_VALUE_BOUNDS_H_
