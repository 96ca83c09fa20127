// SPDX-License-Identifier: Apache-2.0

// What a statement does, whatever DSQL thinks of it.

#ifndef DSQL_SQL_CLASSIFIER_H_
#define DSQL_SQL_CLASSIFIER_H_

#include "dsql/sql/statement.h"

namespace pg_query {
class Node;
}

namespace dsql::sql {

// Sets all of `statement` that does not depend on where it is in its text.
void Classify(const pg_query::Node& node, Statement* statement);

}  // namespace dsql::sql

#endif  // DSQL_SQL_CLASSIFIER_H_
