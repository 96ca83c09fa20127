// SPDX-License-Identifier: Apache-2.0

// What a database says of its keys, made a KeyCatalog.

#ifndef DSQL_OCC_KEY_ROWS_H_
#define DSQL_OCC_KEY_ROWS_H_

#include <string>
#include <vector>

#include "dsql/occ/key_catalog.h"

namespace dsql {

// Of the rows of dsql_internal.keys(), in any order. Tables, columns and
// indexes are joined here, as PostgreSQL takes longer to plan that than to tell
// them.
KeyCatalog ReadKeys(const std::vector<std::vector<std::string>>& rows);

}  // namespace dsql

#endif  // DSQL_OCC_KEY_ROWS_H_
