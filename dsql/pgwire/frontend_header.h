// SPDX-License-Identifier: Apache-2.0

// What the header of a client's message tells before the rest has come.

#ifndef DSQL_PGWIRE_FRONTEND_HEADER_H_
#define DSQL_PGWIRE_FRONTEND_HEADER_H_

#include "absl/status/status.h"
#include "dsql/pgwire/framing.h"

namespace dsql::pgwire {

// ProtocolError() that says that a client must not send this type now.
absl::Status InvalidType(char type);

// InvalidType() for the type of no message that a client may send.
absl::Status CheckType(char type);

// ProtocolError() for a message that is longer than PostgreSQL takes it.
absl::Status CheckHeader(const Header& header);

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_FRONTEND_HEADER_H_
