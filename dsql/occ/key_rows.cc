// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/key_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace dsql {
namespace {

// Half of what an entry of an index may have. Of longer ones the server knows
// more: it is asked when they are written.
constexpr int kSmallEntry = 1024;

struct Column {
  std::string name;
  // '' where it is not known how many.
  std::string bytes;
};

// Ids and numbers are texts, as they are only compared.
struct Index {
  std::string facts;
  std::string id;
  std::string table_id;
  std::vector<std::string> numbers;
  // Those that decide whether it has a row.
  std::vector<std::string> predicate;
  size_t keys = 0;

  bool Is(absl::string_view fact) const {
    return absl::StrContains(facts, fact);
  }
  bool Has(const std::string& number) const {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
  }
};

// A column of `table` that rows of `child` refer to with an action.
struct Action {
  std::string table;
  std::string column;
  std::string child;
  bool cascades = false;
};

// A column of a table that is made of `base`.
struct Generated {
  std::string table;
  std::string column;
  std::string base;
};

class KeyRows {
 public:
  explicit KeyRows(const std::vector<std::vector<std::string>>& rows) {
    for (const auto& row : rows) Add(row);
    for (const Index& index : indexes_)
      if (index.Is("primary")) primary_keys_[index.table_id] = &index;
    for (const Index& index : indexes_) AddIndex(index);
    for (const Generated& generated : generated_) AddGenerated(generated);
    for (const Action& action : actions_)
      keys_.AddChild(action.table, action.column, action.child,
                     action.cascades || ChangesKeys(action));
    for (const Generated& generated : generated_)
      keys_.AddBase(generated.table, generated.column, generated.base);
  }

  KeyCatalog Take() { return std::move(keys_); }

 private:
  void Add(const std::vector<std::string>& row);
  void AddReference(const std::vector<std::string>& row);
  void AddIndex(const Index& index);
  void AddKey(const std::string& table, const std::string& column);
  void AddGenerated(const Generated& generated);
  // Whether its child's foreign key is in a key by which others know its rows.
  bool ChangesKeys(const Action& action) const;
  // Its name, '*' for an expression.
  std::string NameOf(const Index& index, const std::string& number) const;
  bool MayBeLarge(const Index& index) const;
  // Adds what the column of a relation has; false where that is not known.
  bool AddBytes(const std::string& relation_id, const std::string& number,
                int* bytes) const;

  KeyCatalog keys_;
  // By id.
  std::map<std::string, std::string> tables_;
  // By relation, of which an index is one, and number.
  std::map<std::pair<std::string, std::string>, Column> columns_;
  std::vector<Index> indexes_;
  std::map<std::string, const Index*> primary_keys_;
  std::vector<Generated> generated_;
  std::vector<Action> actions_;
  // By table: the columns of unique keys, and those that others refer to.
  std::map<std::string, std::set<std::string>> own_keys_;
  // By child and parent.
  std::map<std::pair<std::string, std::string>, std::set<std::string>>
      foreign_keys_;
};

void KeyRows::Add(const std::vector<std::string>& row) {
  const std::string& kind = row[0];
  if (kind == "table") {
    tables_[row[1]] = row[2];
  } else if (kind == "column") {
    columns_[{row[1], row[2]}] = {row[3], row[4]};
  } else if (absl::StartsWith(kind, "index")) {
    Index index;
    index.facts = kind;
    index.id = row[1];
    index.table_id = row[2];
    const std::pair<std::string, std::string> numbers =
        absl::StrSplit(row[3], absl::MaxSplits('|', 1));
    index.numbers = absl::StrSplit(numbers.first, ' ');
    index.predicate = absl::StrSplit(numbers.second, ' ', absl::SkipEmpty());
    if (!absl::SimpleAtoi(row[4], &index.keys)) index.keys = 0;
    indexes_.push_back(std::move(index));
  } else if (kind == "reference") {
    AddReference(row);
  } else if (kind == "generated") {
    generated_.push_back({row[1], row[2], row[3]});
  } else if (kind == "deferrable") {
    keys_.AddDeferrable(row[1]);
  } else if (kind == "view") {
    keys_.AddView(row[1], row[2]);
    if (row[3] == "locked") keys_.AddViewLock(row[1], row[2]);
  } else if (kind == "function") {
    keys_.AddFunction(row[1], row[2], row[3] == "volatile");
  } else if (kind == "view function") {
    keys_.AddViewFunction(row[1], row[2]);
  } else if (kind == "table function") {
    keys_.AddTableFunction(row[1], row[2]);
  } else {
    if (kind == "volatile") keys_.AddVolatileDefault(row[1]);
    if (!row[2].empty()) keys_.AddComputedColumn(row[1], row[2]);
  }
}

void KeyRows::AddReference(const std::vector<std::string>& row) {
  const std::string& what = row[4];
  keys_.Add(row[1], row[2], row[3]);
  if (what == "parent") {
    foreign_keys_[{row[1], row[3]}].insert(row[2]);
    return;
  }
  own_keys_[row[1]].insert(row[2]);
  if (absl::EndsWith(what, "child"))
    actions_.push_back({row[1], row[2], row[3], what == "cascading child"});
}

void KeyRows::AddKey(const std::string& table, const std::string& column) {
  keys_.Add(table, column, table);
  own_keys_[table].insert(column);
}

void KeyRows::AddGenerated(const Generated& generated) {
  std::set<std::string>& own = own_keys_[generated.table];
  if (own.count(generated.column) != 0) own.insert(generated.base);
}

bool KeyRows::ChangesKeys(const Action& action) const {
  const auto own = own_keys_.find(action.child);
  const auto foreign = foreign_keys_.find({action.child, action.table});
  if (own == own_keys_.end() || foreign == foreign_keys_.end()) return false;
  return own->second.count("*") != 0 ||
         std::any_of(foreign->second.begin(), foreign->second.end(),
                     [&](const std::string& column) {
                       return own->second.count(column) != 0;
                     });
}

void KeyRows::AddIndex(const Index& index) {
  const auto found = tables_.find(index.table_id);
  if (found == tables_.end()) return;
  const std::string& table = found->second;
  const bool may_be_large = MayBeLarge(index);
  for (size_t i = 0; i < index.numbers.size(); ++i) {
    const std::string column = NameOf(index, index.numbers[i]);
    if (index.Is("unique")) AddKey(table, column);
    if (index.Is("identifies") && i < index.keys)
      keys_.AddUniqueKey(table, index.id, column);
    if (may_be_large) keys_.AddLargeKeyColumn(table, column);
  }
  if (!index.Is("unique")) return;
  for (const std::string& number : index.predicate)
    AddKey(table, NameOf(index, number));
}

std::string KeyRows::NameOf(const Index& index,
                            const std::string& number) const {
  const auto column = columns_.find({index.table_id, number});
  return column == columns_.end() ? "*" : column->second.name;
}

// Each entry carries the primary key as well.
bool KeyRows::MayBeLarge(const Index& index) const {
  int bytes = 0;
  for (size_t number = 1; number <= index.keys; ++number)
    if (!AddBytes(index.id, std::to_string(number), &bytes)) return true;
  const auto primary = primary_keys_.find(index.table_id);
  if (primary != primary_keys_.end()) {
    for (const std::string& number : primary->second->numbers) {
      if (!index.Has(number) && !AddBytes(index.table_id, number, &bytes))
        return true;
    }
  }
  return bytes > kSmallEntry;
}

bool KeyRows::AddBytes(const std::string& relation_id,
                       const std::string& number, int* bytes) const {
  const auto column = columns_.find({relation_id, number});
  int of_column = 0;
  if (column == columns_.end() ||
      !absl::SimpleAtoi(column->second.bytes, &of_column))
    return false;
  *bytes += of_column;
  return true;
}

}  // namespace

KeyCatalog ReadKeys(const std::vector<std::vector<std::string>>& rows) {
  return KeyRows(rows).Take();
}

}  // namespace dsql
