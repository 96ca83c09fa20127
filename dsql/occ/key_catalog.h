// Which columns of a database's tables are keys.

#ifndef DSQL_OCC_KEY_CATALOG_H_
#define DSQL_OCC_KEY_CATALOG_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dsql/sql/statement.h"

namespace dsql {

// By the tables' names without schemas: tables of one name are taken for one.
class KeyCatalog {
 public:
  // A row of dsql_internal.key_columns().
  void Add(const std::string& table, const std::string& column,
           const std::string& neighbour);

  // Whether a unique key of the table, or a foreign one, may have other values
  // after `write`.
  bool AddsKeys(const sql::TableWrite& write) const;
  // Whether one may be missing after it.
  bool RemovesKeys(const sql::TableWrite& write) const;
  // The table, and those that foreign keys connect it with.
  std::set<std::string> Neighbours(const std::string& table) const;

 private:
  bool SetsKey(const sql::TableWrite& write) const;

  struct Table {
    std::set<std::string> columns;
    std::set<std::string> neighbours;
  };
  std::map<std::string, Table> tables_;
};

}  // namespace dsql

#endif  // DSQL_OCC_KEY_CATALOG_H_
