// SPDX-License-Identifier: Apache-2.0

// The relations that a text names.

#ifndef DSQL_SQL_NAMED_RELATIONS_H_
#define DSQL_SQL_NAMED_RELATIONS_H_

#include <string>
#include <vector>

#include "dsql/sql/statement.h"

namespace dsql::sql {

// Each relation that `text` names, once, in any query within, without what is a
// query of WITH anywhere in it. None where the text cannot be read.
std::vector<TableName> NamedRelations(const std::string& text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_NAMED_RELATIONS_H_
