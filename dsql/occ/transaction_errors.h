// SPDX-License-Identifier: Apache-2.0

// What DSQL says about transactions.

#ifndef DSQL_OCC_TRANSACTION_ERRORS_H_
#define DSQL_OCC_TRANSACTION_ERRORS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// 40001, OC000.
v1::SqlErrorDetail DataConflict();
// 40001, OC001.
v1::SqlErrorDetail SchemaConflict();
// 42P01, of a relation by the name that the client wrote.
v1::SqlErrorDetail NoSuchRelation(absl::string_view name);
// 54000.
v1::SqlErrorDetail RowLimitExceeded();
v1::SqlErrorDetail SizeLimitExceeded(size_t size, size_t max_size);
v1::SqlErrorDetail KeyTooLarge();
v1::SqlErrorDetail AgeLimitExceeded(absl::Duration age, absl::Duration max_age);
// 0A000.
v1::SqlErrorDetail MultipleDdl();
v1::SqlErrorDetail DdlBesideDml();
// 25001.
v1::SqlErrorDetail AnalyzeInBlock();
// As PostgreSQL tells it.
constexpr char kCancelled[] = "57014";
absl::Status CancelledByUser();

// PostgreSQL refused to go on because of what another transaction did.
bool IsConflict(absl::string_view sqlstate);

// A key that is there already, or is missing: as this transaction sees it, or
// because of what another one committed.
bool MayBeConflict(absl::string_view sqlstate);

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_ERRORS_H_
