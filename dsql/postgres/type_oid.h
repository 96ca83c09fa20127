// SPDX-License-Identifier: Apache-2.0

// The numbers of PostgreSQL's types, of those that are treated apart.

#ifndef DSQL_POSTGRES_TYPE_OID_H_
#define DSQL_POSTGRES_TYPE_OID_H_

#include "dsql/postgres/libpq.h"

namespace dsql::postgres {

// From PostgreSQL's catalog/pg_type.dat, where they are fixed.
enum TypeOid : Oid {
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kOid = 26,
  kXid = 28,
  kFloat4 = 700,
  kFloat8 = 701,
  kNumeric = 1700,
  kXid8 = 5069,
};

inline bool IsInteger(Oid type) {
  return type == kInt2 || type == kInt4 || type == kInt8 || type == kOid ||
         type == kXid || type == kXid8 || type == kNumeric;
}

inline bool IsNumber(Oid type) {
  return IsInteger(type) || type == kFloat4 || type == kFloat8;
}

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_TYPE_OID_H_
