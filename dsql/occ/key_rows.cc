// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/key_rows.h"

#include <algorithm>
#include <map>
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

class KeyRows {
 public:
  explicit KeyRows(const std::vector<std::vector<std::string>>& rows) {
    for (const auto& row : rows) Add(row);
    for (const Index& index : indexes_)
      if (index.Is("primary")) primary_keys_[index.table_id] = &index;
    for (const Index& index : indexes_) AddIndex(index);
  }

  KeyCatalog Take() { return std::move(keys_); }

 private:
  void Add(const std::vector<std::string>& row);
  void AddIndex(const Index& index);
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
    keys_.Add(row[1], row[2], row[3]);
    if (absl::EndsWith(row[4], "child"))
      keys_.AddChild(row[1], row[2], row[3], row[4] == "cascading child");
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

void KeyRows::AddIndex(const Index& index) {
  const auto found = tables_.find(index.table_id);
  if (found == tables_.end()) return;
  const std::string& table = found->second;
  const bool may_be_large = MayBeLarge(index);
  for (size_t i = 0; i < index.numbers.size(); ++i) {
    const std::string column = NameOf(index, index.numbers[i]);
    if (index.Is("unique")) keys_.Add(table, column, table);
    if (index.Is("identifies") && i < index.keys)
      keys_.AddUniqueKey(table, index.id, column);
    if (may_be_large) keys_.AddLargeKeyColumn(table, column);
  }
  if (!index.Is("unique")) return;
  for (const std::string& number : index.predicate)
    keys_.Add(table, NameOf(index, number), table);
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
