// SPDX-License-Identifier: Apache-2.0

// What is answered to a client that does not keep to the protocol.

#ifndef DSQL_PGWIRE_PROTOCOL_ERROR_H_
#define DSQL_PGWIRE_PROTOCOL_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql::pgwire {

// SqlError() with SQLSTATE 08P01 (protocol_violation) and severity FATAL: the
// connection cannot go on.
absl::Status ProtocolError(absl::string_view message);

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_PROTOCOL_ERROR_H_
