// SPDX-License-Identifier: Apache-2.0

// What a session of PostgreSQL reads of the catalogs before anything else, kept
// from the template on: the files pg_internal.init. The first session of a
// server makes them, from a thousand rows, because each start removes those
// that are there: after a crash they may not be what the catalogs are. A server
// whose data is as the template was has no use for that; with them, its first
// session begins as soon as its second one.

#ifndef DSQL_POSTGRES_RELATION_CACHE_H_
#define DSQL_POSTGRES_RELATION_CACHE_H_

#include <string>

#include "absl/status/status.h"

namespace dsql::postgres {

// Moves the files of `data`, in which a session has just run and changed
// nothing, to where PostgreSQL does not look for them. No server runs.
absl::Status StoreRelationCache(const std::string& data);

// Gives a server that is ready, and has had no session yet, what
// StoreRelationCache() has stored in `data`. Requires: its catalogs are as they
// were then. Where there is nothing, or on an error, its first session does as
// ever.
void PlaceRelationCache(const std::string& data);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_RELATION_CACHE_H_
