// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/reference_database.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace dsql_testing {
namespace {

Outcome Failure(const char* sqlstate) {
  Outcome outcome;
  outcome.sqlstate = sqlstate;
  return outcome;
}

Outcome Done(const char* tag, int count) {
  Outcome outcome;
  outcome.tag = absl::StrCat(tag, " ", count);
  return outcome;
}

template <typename Map>
bool Has(const Map& map, int key) {
  return map.find(key) != map.end();
}

}  // namespace

Outcome ReferenceDatabase::Execute(int session, const Operation& operation) {
  Transaction& transaction = open_[session];
  Outcome outcome;
  switch (operation.kind) {
    case Operation::kBegin:
      transaction.is_explicit = true;
      outcome.tag = "BEGIN";
      return outcome;
    case Operation::kRollback:
      open_.erase(session);
      outcome.tag = "ROLLBACK";
      return outcome;
    case Operation::kCommit:
      outcome = Commit(&transaction);
      open_.erase(session);
      return outcome;
    default:
      break;
  }
  if (transaction.aborted) return Failure("25P02");
  outcome = Statement(&transaction, operation);
  transaction.aborted = !outcome.sqlstate.empty();
  if (transaction.is_explicit) return outcome;
  if (!transaction.aborted) {
    const Outcome committed = Commit(&transaction);
    if (!committed.sqlstate.empty()) outcome = committed;
  }
  open_.erase(session);
  return outcome;
}

void ReferenceDatabase::Undo(int session) {
  if (open_.erase(session) != 0) return;
  committed_ = before_commit_.committed;
  last_exclusive_ = before_commit_.last_exclusive;
  last_shared_ = before_commit_.last_shared;
}

Outcome ReferenceDatabase::Statement(Transaction* transaction,
                                     const Operation& operation) {
  if (!transaction->has_snapshot) {
    transaction->has_snapshot = true;
    transaction->began = sequence_;
    transaction->snapshot = transaction->view = committed_;
  }
  switch (operation.kind) {
    case Operation::kInsert:
    case Operation::kInsertIgnore:
    case Operation::kUpsert:
      return Insert(transaction, operation);
    case Operation::kUpdate:
    case Operation::kUpdateUnique:
    case Operation::kUpdateRange:
      return Update(transaction, operation);
    case Operation::kDelete:
      return Delete(transaction, operation);
    case Operation::kInsertChild:
    case Operation::kDeleteChild:
      return Child(transaction, operation);
    default:
      return Read(transaction, operation);
  }
}

Outcome ReferenceDatabase::Read(Transaction* transaction,
                                const Operation& operation) {
  Outcome outcome;
  const bool range = operation.kind == Operation::kSelectRange ||
                     operation.kind == Operation::kSelectChildren;
  const int first = range ? operation.first : operation.k;
  const int last = range ? operation.last : operation.k;
  const State& view = transaction->view;
  for (int key = first; key <= last; ++key) {
    if (operation.kind == Operation::kSelectChildren) {
      const auto child = view.children.find(key);
      if (child == view.children.end()) continue;
      outcome.rows.push_back(absl::StrCat(key, ",", child->second));
      continue;
    }
    const auto row = view.rows.find(key);
    if (row == view.rows.end()) continue;
    outcome.rows.push_back(
        absl::StrCat(key, ",", row->second.u, ",", row->second.v));
    Access& access = transaction->access;
    if (operation.kind == Operation::kForUpdate)
      access.exclusive.insert({'r', key});
    if (operation.kind == Operation::kForKeyShare)
      access.shared.insert({'k', key});
  }
  std::sort(outcome.rows.begin(), outcome.rows.end());
  outcome.tag = absl::StrCat("SELECT ", outcome.rows.size());
  return outcome;
}

Outcome ReferenceDatabase::Insert(Transaction* transaction,
                                  const Operation& operation) {
  auto& rows = transaction->view.rows;
  const auto row = rows.find(operation.k);
  if (row != rows.end() && operation.kind == Operation::kUpsert) {
    row->second.v = operation.v;
    transaction->access.exclusive.insert({'r', operation.k});
    return Done("INSERT 0", 1);
  }
  const bool duplicate =
      row != rows.end() ||
      std::any_of(rows.begin(), rows.end(), [&](const auto& other) {
        return other.second.u == operation.u;
      });
  if (duplicate && operation.kind == Operation::kInsertIgnore)
    return Done("INSERT 0", 0);
  if (duplicate) return Failure("23505");
  rows[operation.k] = {operation.u, operation.v};
  transaction->replaced.insert(operation.k);
  return Done("INSERT 0", 1);
}

Outcome ReferenceDatabase::Update(Transaction* transaction,
                                  const Operation& operation) {
  auto& rows = transaction->view.rows;
  const bool range = operation.kind == Operation::kUpdateRange;
  int count = 0;
  for (auto& row : rows) {
    if (range ? row.first < operation.first || row.first > operation.last
              : row.first != operation.k)
      continue;
    ++count;
    transaction->access.exclusive.insert({'r', row.first});
    if (operation.kind == Operation::kUpdate) row.second.v = operation.v;
    if (range) row.second.v += operation.v;
    if (operation.kind != Operation::kUpdateUnique) continue;
    for (const auto& other : rows)
      if (other.first != row.first && other.second.u == operation.u)
        return Failure("23505");
    row.second.u = operation.u;
  }
  return Done("UPDATE", count);
}

Outcome ReferenceDatabase::Delete(Transaction* transaction,
                                  const Operation& operation) {
  State& view = transaction->view;
  if (!Has(view.rows, operation.k)) return Done("DELETE", 0);
  for (const auto& child : view.children)
    if (child.second == operation.k) return Failure("23503");
  view.rows.erase(operation.k);
  return Done("DELETE", 1);
}

Outcome ReferenceDatabase::Child(Transaction* transaction,
                                 const Operation& operation) {
  State& view = transaction->view;
  if (operation.kind == Operation::kDeleteChild)
    return Done("DELETE", static_cast<int>(view.children.erase(operation.k)));
  if (Has(view.children, operation.k)) return Failure("23505");
  if (!Has(view.rows, operation.u)) return Failure("23503");
  view.children[operation.k] = operation.u;
  transaction->replaced_children.insert(operation.k);
  return Done("INSERT 0", 1);
}

// Only what a transaction leaves behind counts: a row that it inserted and
// deleted again never was.
ReferenceDatabase::Access ReferenceDatabase::NetAccess(
    const Transaction& transaction) {
  const State& before = transaction.snapshot;
  const State& after = transaction.view;
  Access access;
  for (const Resource& resource : transaction.access.exclusive)
    if (Has(before.rows, resource.second)) access.exclusive.insert(resource);
  for (const Resource& resource : transaction.access.shared)
    if (Has(before.rows, resource.second)) access.shared.insert(resource);
  const auto key_changes = [&](int key, const Row& row) {
    access.exclusive.insert({'r', key});
    access.exclusive.insert({'k', key});
    access.exclusive.insert({'u', row.u});
  };
  for (const auto& row : before.rows) {
    const auto kept = after.rows.find(row.first);
    const bool anew = transaction.replaced.count(row.first) != 0;
    if (kept == after.rows.end() || anew) key_changes(row.first, row.second);
    if (kept == after.rows.end() || kept->second.u == row.second.u) continue;
    access.exclusive.insert({'u', row.second.u});
    access.exclusive.insert({'u', kept->second.u});
  }
  for (const auto& row : after.rows)
    if (transaction.replaced.count(row.first) != 0)
      key_changes(row.first, row.second);
  for (const auto& child : before.children)
    if (!Has(after.children, child.first))
      access.exclusive.insert({'c', child.first});
  for (const auto& child : after.children) {
    if (transaction.replaced_children.count(child.first) == 0) continue;
    access.exclusive.insert({'c', child.first});
    access.shared.insert({'k', child.second});
  }
  return access;
}

bool ReferenceDatabase::Exists(const State& state, const Resource& resource) {
  if (resource.first == 'c') return Has(state.children, resource.second);
  if (resource.first != 'u') return Has(state.rows, resource.second);
  return std::any_of(
      state.rows.begin(), state.rows.end(),
      [&](const auto& row) { return row.second.u == resource.second; });
}

bool ReferenceDatabase::Collides(const Transaction& transaction,
                                 const Access& access) const {
  const auto since = [&](const std::map<Resource, uint64_t>& last,
                         const Resource& resource) {
    const auto found = last.find(resource);
    return found != last.end() && found->second > transaction.began;
  };
  const auto never_was = [&](const Resource& resource) {
    return !Exists(transaction.snapshot, resource) &&
           !Exists(committed_, resource);
  };
  for (const Resource& resource : access.exclusive) {
    if (never_was(resource)) continue;
    if (since(last_exclusive_, resource) || since(last_shared_, resource))
      return true;
  }
  for (const Resource& resource : access.shared)
    if (since(last_exclusive_, resource)) return true;
  return false;
}

Outcome ReferenceDatabase::Commit(Transaction* transaction) {
  before_commit_ = {committed_, last_exclusive_, last_shared_};
  Outcome outcome;
  outcome.tag = transaction->aborted ? "ROLLBACK" : "COMMIT";
  if (transaction->aborted || !transaction->has_snapshot) return outcome;
  const Access access = NetAccess(*transaction);
  if (Collides(*transaction, access)) return Failure("40001");
  if (access.exclusive.empty() && access.shared.empty()) return outcome;
  ++sequence_;
  for (const Resource& resource : access.exclusive) {
    last_exclusive_[resource] = sequence_;
    if (resource.first == 'r') {
      committed_.rows.erase(resource.second);
      const auto row = transaction->view.rows.find(resource.second);
      if (row != transaction->view.rows.end()) committed_.rows.insert(*row);
    }
    if (resource.first == 'c') {
      committed_.children.erase(resource.second);
      const auto child = transaction->view.children.find(resource.second);
      if (child != transaction->view.children.end())
        committed_.children.insert(*child);
    }
  }
  for (const Resource& resource : access.shared)
    last_shared_[resource] = sequence_;
  return outcome;
}

}  // namespace dsql_testing
