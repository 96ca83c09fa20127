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

  // A row of dsql_internal.unique_keys(), of view_tables(), and of
  // volatile_functions().
  void AddUniqueKey(const std::string& table, const std::string& key,
                    const std::string& column);
  void AddView(const std::string& view, const std::string& table);
  void AddVolatileFunction(const std::string& name, const std::string& body);

  // Whether one of these may write although its name does not say so, and what
  // they write.
  bool MayWrite(const std::vector<sql::TableName>& functions) const;
  std::vector<sql::TableWrite> WritesOf(
      const std::vector<sql::TableName>& functions) const;
  // With the tables of views in the place of the views.
  std::vector<sql::TableWrite> WithoutViews(
      std::vector<sql::TableWrite> writes) const;
  // Whether at most one row has certain values in all of these columns.
  bool IdentifyRow(const std::string& table,
                   const std::vector<std::string>& columns) const;

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
  // By table and key.
  std::map<std::string, std::map<std::string, std::set<std::string>>> unique_;
  std::map<std::string, std::set<std::string>> views_;
  struct Function {
    std::vector<sql::TableWrite> writes;
    std::vector<sql::TableName> calls;
  };
  std::map<std::string, Function> volatile_functions_;
};

}  // namespace dsql

#endif  // DSQL_OCC_KEY_CATALOG_H_
