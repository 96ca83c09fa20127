// SPDX-License-Identifier: Apache-2.0

// Errors that DSQL tells in other words than PostgreSQL.

#ifndef DSQL_SQL_SERVER_ERRORS_H_
#define DSQL_SQL_SERVER_ERRORS_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/v1/errors.pb.h"

namespace dsql::sql {

// What DSQL says where a server says this; nullopt where that is the same.
absl::optional<v1::SqlErrorDetail> ErrorInDsql(absl::string_view sqlstate,
                                               absl::string_view message);

}  // namespace dsql::sql

#endif  // DSQL_SQL_SERVER_ERRORS_H_
