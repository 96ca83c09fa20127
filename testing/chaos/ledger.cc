// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/ledger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dsql_testing {
namespace {

std::string TextOf(const Ledger::Value& value) {
  return value.has_value() ? absl::StrCat(*value) : "nothing";
}

std::string TextOf(const std::set<Ledger::Value>& values) {
  std::vector<std::string> texts;
  for (const Ledger::Value& value : values) texts.push_back(TextOf(value));
  return absl::StrJoin(texts, " or ");
}

std::string Wrong(const std::string& key, const Ledger::Value& found,
                  const std::set<Ledger::Value>& possible) {
  return absl::StrCat(key, " is ", TextOf(found), " and must be ",
                      TextOf(possible));
}

}  // namespace

void Ledger::Settle(const std::string& key, Value value, Outcome outcome) {
  absl::MutexLock lock(&mutex_);
  Entry& entry = entries_[key];
  if (outcome == Outcome::kNotDone) return;
  if (outcome == Outcome::kDone) entry.possible.clear();
  entry.possible.insert(value);
  entry.last = value;
}

std::string Ledger::Saw(const std::string& key, Value value, bool is_final) {
  absl::MutexLock lock(&mutex_);
  Entry& entry = entries_[key];
  if (entry.possible.count(value) == 0)
    return Wrong(key, value, entry.possible);
  if (is_final && entry.last == value) entry.possible = {value};
  return "";
}

absl::optional<Ledger::Value> Ledger::Certain(const std::string& key) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return Value();
  if (found->second.possible.size() != 1) return absl::nullopt;
  return *found->second.possible.begin();
}

bool Ledger::IsCertain(const std::string& key, Value value) const {
  const absl::optional<Value> certain = Certain(key);
  return certain.has_value() && *certain == value;
}

std::vector<std::string> Ledger::Compare(
    const std::map<std::string, int64_t>& found) const {
  std::vector<std::string> wrong;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, entry] : entries_) {
    const auto there = found.find(key);
    const Value value = there == found.end() ? Value() : Value(there->second);
    if (entry.possible.count(value) == 0)
      wrong.push_back(Wrong(key, value, entry.possible));
  }
  for (const auto& [key, value] : found) {
    if (entries_.count(key) == 0)
      wrong.push_back(absl::StrCat(key, " is ", value,
                                   ", and nobody has ever asked for it"));
  }
  return wrong;
}

Ledger::Entries Ledger::entries() const {
  absl::MutexLock lock(&mutex_);
  return entries_;
}

void Ledger::Reset(Entries entries) {
  absl::MutexLock lock(&mutex_);
  entries_ = std::move(entries);
}

Ledger* Ledgers::Get(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  return &ledgers_[name];
}

}  // namespace dsql_testing
