// SPDX-License-Identifier: Apache-2.0

// Early return on a failed absl::Status. Only for .cc files.

#ifndef DSQL_BASE_STATUS_MACROS_H_
#define DSQL_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define DSQL_RETURN_IF_ERROR(expr)               \
  do {                                           \
    absl::Status dsql_status_ = (expr);          \
    if (!dsql_status_.ok()) return dsql_status_; \
  } while (false)

#define DSQL_ASSIGN_OR_RETURN(lhs, expr) \
  DSQL_ASSIGN_OR_RETURN_(DSQL_CONCAT_(dsql_statusor_, __LINE__), lhs, expr)

#define DSQL_ASSIGN_OR_RETURN_(statusor, lhs, expr)        \
  auto statusor = (expr);                                  \
  if (!statusor.ok()) return std::move(statusor).status(); \
  lhs = *std::move(statusor)

#define DSQL_CONCAT_(a, b) DSQL_CONCAT_IMPL_(a, b)
#define DSQL_CONCAT_IMPL_(a, b) a##b

#endif  // DSQL_BASE_STATUS_MACROS_H_
