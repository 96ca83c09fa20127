// SPDX-License-Identifier: Apache-2.0

// Which columns of a database's tables are keys.

#ifndef DSQL_OCC_KEY_CATALOG_H_
#define DSQL_OCC_KEY_CATALOG_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dsql/occ/sequence_use.h"
#include "dsql/sql/statement.h"

namespace dsql {

// By the tables' names without schemas: tables of one name are taken for one.
class KeyCatalog {
 public:
  // A column of a key, and the table itself or one that a foreign key connects
  // it with.
  void Add(const std::string& table, const std::string& column,
           const std::string& neighbour);
  // `column` is made of `base`: where it is part of a key, so is that. After
  // the keys.
  void AddBase(const std::string& table, const std::string& column,
               const std::string& base);
  // One whose foreign key, with a referential action, refers to `column` of
  // `table`: another or itself. `cascades`: its rows go, or get other keys.
  void AddChild(const std::string& table, const std::string& column,
                const std::string& child, bool cascades);
  void AddUniqueKey(const std::string& table, const std::string& key,
                    const std::string& column);
  void AddView(const std::string& view, const std::string& table);
  // Of users. One that is not volatile may call others.
  void AddFunction(const std::string& name, const std::string& body,
                   bool is_volatile);
  // A function that a view runs when it is read, or a table when rows are
  // written: a default's, say.
  void AddViewFunction(const std::string& view, const std::string& function);
  void AddTableFunction(const std::string& table, const std::string& function);
  // A table whose rows are locked by reading the view.
  void AddViewLock(const std::string& view, const std::string& table);
  void AddVolatileDefault(const std::string& table);
  void AddDeferrable(const std::string& table);
  void AddLargeKeyColumn(const std::string& table, const std::string& column);
  void AddComputedColumn(const std::string& table,
                         const std::string& expression);

  // Whether it is a table, with a key, and surely no view.
  bool HasKeys(const std::string& relation) const {
    return tables_.count(relation) != 0 && views_.count(relation) == 0;
  }
  // What a statement does by functions and views, which its text does not say;
  // and by both with sequences.
  struct HiddenEffects {
    bool may_write = false;
    std::vector<sql::TableWrite> writes;
    SequenceUse sequences;
  };
  HiddenEffects HiddenEffectsOf(const sql::Statement& statement) const;
  // With the tables of views in the place of the views.
  std::vector<sql::TableWrite> WithoutViews(
      std::vector<sql::TableWrite> writes) const;
  // Calls `look` with each of these.
  template <typename Look>
  void ForEachTable(const std::vector<sql::TableWrite>& writes,
                    const Look& look) const {
    if (views_.empty()) {
      for (const sql::TableWrite& write : writes) look(write);
    } else {
      for (const sql::TableWrite& write : WithoutViews(writes)) look(write);
    }
  }
  // Whether the statement writes, or reads, no other rows than its text names:
  // those of VALUES, or one by a unique key.
  bool NamesItsRows(const sql::Statement& statement) const;
  // Whether it surely answers the same, and does the same, if it is done again
  // on the same rows.
  bool Repeats(const sql::Statement& statement) const;
  // Whether the write may give a row too large a key.
  bool SetsLargeKey(const sql::TableWrite& write) const;
  // Whether a default or a generated column of the table may be much larger
  // than what a statement writes.
  bool ComputesLargeValues(const std::string& table) const;

  // Whether a unique key of the table, or a foreign one, may have other values
  // after `write`.
  bool AddsKeys(const sql::TableWrite& write) const;
  // Whether one may be missing after it.
  bool RemovesKeys(const sql::TableWrite& write) const;
  // Whether a constraint of the table, or one that refers to it, may be checked
  // as late as at COMMIT.
  bool MayDefer(const std::string& table) const {
    return deferrable_.count(table) != 0;
  }
  bool AnyMayDefer() const { return !deferrable_.empty(); }
  // Whether referential actions may change rows beside those that `write` does.
  bool Cascades(const sql::TableWrite& write) const;
  // The table, and those that foreign keys connect it with.
  std::set<std::string> Neighbours(const std::string& table) const;
  // The table, and those whose keys may go or change with its keys.
  std::set<std::string> Descendants(const std::string& table) const;

 private:
  bool SetsKey(const sql::TableWrite& write) const;
  bool IdentifiesRow(const sql::RowFilter& filter) const;

  using Columns = std::map<std::string, std::set<std::string>>;
  struct Table {
    std::set<std::string> columns;
    std::set<std::string> neighbours;
  };
  std::map<std::string, Table> tables_;
  // By table and key.
  std::map<std::string, Columns> unique_;
  std::map<std::string, std::set<std::string>> views_;
  Columns large_key_columns_;
  std::set<std::string> computing_tables_;
  // Columns that others refer to with a referential action.
  Columns referenced_;
  // Those whose rows cascade.
  std::map<std::string, std::set<std::string>> children_;
  struct Function {
    bool is_volatile = false;
    std::vector<sql::Statement> statements;
  };
  // Adds what the statement does by itself but for its writes, and the names of
  // the functions that it runs, which live as long as it and the catalog.
  void AddCalls(const sql::Statement& statement, HiddenEffects* effects,
                std::vector<const std::string*>* names) const;

  std::map<std::string, Function> functions_;
  std::map<std::string, std::vector<std::string>> view_functions_;
  std::map<std::string, std::vector<std::string>> table_functions_;
  std::map<std::string, std::set<std::string>> view_locks_;
  std::set<std::string> volatile_defaults_;
  std::set<std::string> deferrable_;
};

}  // namespace dsql

#endif  // DSQL_OCC_KEY_CATALOG_H_
