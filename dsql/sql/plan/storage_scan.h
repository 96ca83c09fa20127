// SPDX-License-Identifier: Apache-2.0

// How DSQL reads what PostgreSQL's plans read.

#ifndef DSQL_SQL_PLAN_STORAGE_SCAN_H_
#define DSQL_SQL_PLAN_STORAGE_SCAN_H_

#include <string>
#include <vector>

namespace dsql::sql {

// A scan as PostgreSQL plans it. Names are as the plan has them, without their
// schema; conditions are "" where there are none.
struct PostgresScan {
  enum Kind { kTable, kIndex, kIndexOnly };
  Kind kind = kTable;
  std::string relation;
  std::string index;
  std::string index_condition;
  std::string filter;
};

// What storage does for a scan, on a tree.
struct StorageRead {
  // "Storage Scan", and "B-Tree Scan" within.
  const char* name;
  const char* tree_name;
  // A relation or an index.
  std::string target;
  bool is_index = false;
  std::string filter;
  std::string index_condition;
  // It reads what the scan returns.
  bool projects = false;
};

// The same scan in DSQL. A filter that storage can evaluate is evaluated there.
struct DsqlScan {
  const char* name;
  // What is left to filter.
  bool filters = false;
  std::vector<StorageRead> reads;
};

// DSQL's tables are trees by their primary keys, which have all columns: who
// has found a key there needs no look-up. The index of a primary key is known
// by its name, as PostgreSQL gives it.
DsqlScan ScanInDsql(const PostgresScan& scan);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PLAN_STORAGE_SCAN_H_
