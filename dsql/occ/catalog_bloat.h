// SPDX-License-Identifier: Apache-2.0

// How the catalogs of a server are kept small. Servers here have no autovacuum,
// and each private copy (sql/private_copy.sql) leaves dead rows behind that
// every later look into the catalogs has to pass.

#ifndef DSQL_OCC_CATALOG_BLOAT_H_
#define DSQL_OCC_CATALOG_BLOAT_H_

namespace dsql {

// After so many private copies kVacuumCatalogs is due: that many leave 2 MB,
// which is as much again as the fresh catalogs have.
constexpr int kCopiesUntilVacuum = 500;

// For a superuser's connection, in a Query of its own and outside a transaction
// block. Waits for nobody; takes some 10 ms, during which nobody else waits.
// Rows of transactions that were rolled back go at once, whatever snapshots are
// still held.
constexpr char kVacuumCatalogs[] =
    "VACUUM (TRUNCATE FALSE, SKIP_LOCKED)"
    " pg_catalog.pg_class, pg_catalog.pg_attribute, pg_catalog.pg_type,"
    " pg_catalog.pg_index, pg_catalog.pg_constraint, pg_catalog.pg_depend,"
    " pg_catalog.pg_shdepend, pg_catalog.pg_description, pg_catalog.pg_attrdef,"
    " pg_catalog.pg_rewrite, pg_catalog.pg_trigger, pg_catalog.pg_namespace";

}  // namespace dsql

#endif  // DSQL_OCC_CATALOG_BLOAT_H_
