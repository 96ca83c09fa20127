// SPDX-License-Identifier: Apache-2.0

// As whom this library itself connects to its servers, and how.

#ifndef DSQL_POSTGRES_INTERNAL_ROLE_H_
#define DSQL_POSTGRES_INTERNAL_ROLE_H_

namespace dsql::postgres {

// The bootstrap superuser of every server. No client may log in as it. It owns
// what PostgreSQL brings along, so clients see the name: Amazon's other
// PostgreSQLs have this one.
constexpr char kInternalUser[] = "rdsadmin";

// The startup parameter `options` of its connections, so that no object of a
// client's is found by the name of one of PostgreSQL's: pg_temp would come
// first if it were not named.
constexpr char kInternalOptions[] = "-csearch_path=pg_catalog,pg_temp";

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_INTERNAL_ROLE_H_
