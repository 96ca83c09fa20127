// SPDX-License-Identifier: Apache-2.0

#ifndef DSQL_BASE_HAS_SQLSTATE_H_
#define DSQL_BASE_HAS_SQLSTATE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/base/sql_error.h"

namespace dsql {

// Whether `status` carries a PostgreSQL error of this SQLSTATE.
inline bool HasSqlstate(const absl::Status& status,
                        absl::string_view sqlstate) {
  const auto error = GetSqlErrorDetail(status);
  return error.has_value() && error->sqlstate() == sqlstate;
}

}  // namespace dsql

#endif  // DSQL_BASE_HAS_SQLSTATE_H_
