// SPDX-License-Identifier: Apache-2.0

// Errors of connections, of which libpq keeps nothing but a text.

#ifndef DSQL_POSTGRES_VERBOSE_ERROR_H_
#define DSQL_POSTGRES_VERBOSE_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql::postgres {

// The error that PQerrorMessage() tells after PQsetErrorVerbosity(connection,
// PQERRORS_VERBOSE): `text` is "connection to server at ... failed: FATAL:
// 28000: no such role", with lines of DETAIL and HINT. Of several attempts the
// last one counts. The status is a SqlError() of dsql/base/sql_error.h, whose
// message begins with `what` and where the connection was to go. Where the
// server said nothing the text has no SQLSTATE: then it is Unavailable.
absl::Status ErrorOfVerboseText(absl::string_view what, absl::string_view text);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_VERBOSE_ERROR_H_
