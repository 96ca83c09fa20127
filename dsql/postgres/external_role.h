// SPDX-License-Identifier: Apache-2.0

// The role that clients have on a server that somebody else runs.

#ifndef DSQL_POSTGRES_EXTERNAL_ROLE_H_
#define DSQL_POSTGRES_EXTERNAL_ROLE_H_

#include <string>

#include "absl/status/status.h"
#include "dsql/postgres/connection.h"

namespace dsql::postgres {

// Makes the role `name`, which may log in and nothing else, unless it is there.
// Roles are the server's, so all databases that are made by this library have
// one owner; that it made the role is told by the role's comment.
//
// Requires: `connection` is a superuser's.
// Errors: AlreadyExists where somebody else made a role of that name.
absl::Status EnsureExternalRole(Connection* connection,
                                const std::string& name);

// Drops the role where this library made it and no database needs it any more.
absl::Status DropExternalRole(Connection* connection, const std::string& name);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_EXTERNAL_ROLE_H_
