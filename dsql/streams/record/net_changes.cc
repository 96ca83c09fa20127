// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/net_changes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace dsql::streams {
namespace {

using Kind = DecodedChange::Kind;

const DecodedValue* Find(const DecodedRow& row, const std::string& column) {
  const auto found = std::find_if(
      row.begin(), row.end(),
      [&](const DecodedValue& value) { return value.column == column; });
  return found == row.end() ? nullptr : &*found;
}

// What was stored apart and not changed is in the old row.
void FillIn(const absl::optional<DecodedRow>& before, DecodedRow* after) {
  if (!before.has_value()) return;
  for (DecodedValue& value : *after) {
    if (!value.unchanged) continue;
    if (const DecodedValue* old = Find(*before, value.column)) {
      value.text = old->text;
      value.unchanged = false;
    }
  }
}

void SetTypes(const TableDescription& description, DecodedRow* row) {
  for (DecodedValue& value : *row) {
    const auto type = description.types.find(value.column);
    if (type != description.types.end()) value.type = type->second;
  }
}

// The values of the key, if the row has them all.
absl::optional<DecodedRow> KeyOf(const DecodedRow& row,
                                 const std::vector<std::string>& columns) {
  DecodedRow key;
  for (const std::string& column : columns) {
    const DecodedValue* value = Find(row, column);
    if (value == nullptr || !value->text.has_value()) return absl::nullopt;
    key.push_back(*value);
  }
  return key;
}

// Columns that are NULL may be missing, so none is named.
std::string Identity(const DecodedChange& change, const DecodedRow& row) {
  std::string identity =
      absl::StrCat(change.schema.size(), ".", change.schema, change.table);
  for (const DecodedValue& value : row) {
    if (!value.text.has_value()) continue;
    absl::StrAppend(&identity, "\x01", value.column, "\x01", value.text->size(),
                    ".", *value.text);
  }
  return identity;
}

}  // namespace

void NetChanges::Add(DecodedChange change,
                     const TableDescription* description) {
  if (change.after.has_value()) FillIn(change.before, &*change.after);
  if (description != nullptr) {
    for (auto* row : {&change.before, &change.after})
      if (row->has_value()) SetTypes(*description, &**row);
    if (!description->key.empty()) {
      AddToKey(std::move(change), *description);
      return;
    }
  }
  AddWithoutKey(std::move(change));
}

void NetChanges::AddToKey(DecodedChange change,
                          const TableDescription& description) {
  absl::optional<DecodedRow> old_key;
  absl::optional<DecodedRow> new_key;
  if (change.before.has_value())
    old_key = KeyOf(*change.before, description.key);
  if (change.after.has_value()) new_key = KeyOf(*change.after, description.key);
  const std::string old_identity =
      old_key.has_value() ? Identity(change, *old_key) : "";
  const std::string new_identity =
      new_key.has_value() ? Identity(change, *new_key) : "";
  const bool removes = change.kind == Kind::kDelete ||
                       (change.kind == Kind::kUpdate && old_key.has_value() &&
                        old_identity != new_identity);
  if (removes && old_key.has_value())
    Remove(change, old_identity, std::move(*old_key));
  if (!new_key.has_value()) return;
  const bool was_there = change.kind == Kind::kUpdate && !removes;
  Write(change, new_identity, std::move(*change.after), was_there);
}

void NetChanges::AddWithoutKey(DecodedChange change) {
  const std::string old_identity =
      change.before.has_value() ? Identity(change, *change.before) : "";
  const std::string new_identity =
      change.after.has_value() ? Identity(change, *change.after) : "";
  if (change.kind == Kind::kInsert) {
    Row& row = rows_.emplace_back();
    row.schema = change.schema;
    row.table = change.table;
    row.is_there = true;
    row.after = std::move(*change.after);
    places_.emplace(new_identity, rows_.size() - 1);
    return;
  }
  const auto known = places_.find(old_identity);
  const bool is_known = change.before.has_value() && known != places_.end();
  if (is_known && change.kind == Kind::kDelete) {
    rows_[known->second].is_there = false;
    places_.erase(known);
    return;
  }
  size_t place = rows_.size();
  if (is_known) {
    place = known->second;
    places_.erase(known);
  } else {
    Row& row = rows_.emplace_back();
    row.schema = change.schema;
    row.table = change.table;
    row.was_there = true;
  }
  if (!change.after.has_value()) return;
  rows_[place].is_there = true;
  rows_[place].after = std::move(*change.after);
  places_.emplace(new_identity, place);
}

NetChanges::Row& NetChanges::RowOf(const std::string& identity,
                                   const DecodedChange& change,
                                   bool was_there) {
  const auto known = places_.find(identity);
  if (known != places_.end()) return rows_[known->second];
  places_.emplace(identity, rows_.size());
  Row& row = rows_.emplace_back();
  row.schema = change.schema;
  row.table = change.table;
  row.was_there = was_there;
  return row;
}

void NetChanges::Remove(const DecodedChange& change,
                        const std::string& identity, DecodedRow key) {
  Row& row = RowOf(identity, change, /*was_there=*/true);
  row.is_there = false;
  row.after.clear();
  row.key = std::move(key);
}

void NetChanges::Write(const DecodedChange& change, const std::string& identity,
                       DecodedRow after, bool was_there) {
  Row& row = RowOf(identity, change, was_there);
  row.is_there = true;
  row.after = std::move(after);
  // It may have been altered, or another of its name made, since.
  row.schema = change.schema;
  row.table = change.table;
}

std::vector<RowChange> NetChanges::Take() {
  std::vector<RowChange> changes;
  for (Row& row : rows_) {
    if (!row.was_there && !row.is_there) continue;
    RowChange change;
    change.op = !row.was_there ? RowChange::Op::kCreate
                : row.is_there ? RowChange::Op::kUpdate
                               : RowChange::Op::kDelete;
    change.schema = std::move(row.schema);
    change.table = std::move(row.table);
    if (row.is_there) {
      change.after = std::move(row.after);
    } else {
      change.key = std::move(row.key);
    }
    changes.push_back(std::move(change));
  }
  rows_.clear();
  places_.clear();
  return changes;
}

}  // namespace dsql::streams
