// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/commit_history.h"

namespace dsql {

using sql::TableWrite;

namespace {

// Commits of which it is remembered what they shared, for each table.
constexpr size_t kMostShares = 256;

}  // namespace

std::vector<CommitHistory::Key> CommitHistory::KeysOf(const Writes& writes) {
  std::vector<Key> keys;
  for (const TableWrite& write : writes) {
    if (write.kind != TableWrite::kKeyShare)
      keys.emplace_back(kWritten, write.table.name);
    if (write.kind == TableWrite::kDelete || write.kind == TableWrite::kUpdate)
      keys.emplace_back(kRemoved, write.table.name);
    if (write.kind == TableWrite::kKeyShare)
      keys.emplace_back(kShared, write.table.name);
  }
  return keys;
}

CommitHistory::CommitUnderWay::CommitUnderWay(CommitHistory* history,
                                              Writes writes)
    : history_(history), writes_(std::move(writes)) {
  ++history_->commits_under_way_;
  for (const Key& key : KeysOf(writes_)) history_->under_way_.insert(key);
}

void CommitHistory::CommitUnderWay::End(bool committed) {
  if (history_ == nullptr) return;
  CommitHistory& history = *std::exchange(history_, nullptr);
  --history.commits_under_way_;
  if (committed) ++history.sequence_;
  for (const Key& key : KeysOf(writes_)) {
    history.under_way_.erase(history.under_way_.find(key));
    if (committed) history.last_[key] = history.sequence_;
  }
  if (!committed) return;
  for (const TableWrite& write : writes_)
    if (write.kind == TableWrite::kKeyShare) history.NoteShare(write);
}

void CommitHistory::NoteShare(const TableWrite& write) {
  Shares& shares = shares_[write.table.name];
  if (write.places.has_value()) {
    shares.commits.push_back({sequence_, *write.places});
    if (shares.commits.size() <= kMostShares) return;
    shares.unknown_until = shares.commits.front().sequence;
    shares.commits.pop_front();
  } else {
    shares.unknown_until = sequence_;
    shares.commits.clear();
  }
}

bool CommitHistory::Since(uint64_t sequence, const Key& key) const {
  if (under_way_.count(key) != 0) return true;
  const auto found = last_.find(key);
  return found != last_.end() && found->second > sequence;
}

bool CommitHistory::RemovedSince(uint64_t sequence,
                                 const std::string& table) const {
  return Since(sequence, {kRemoved, table});
}

bool CommitHistory::WrittenSince(uint64_t sequence,
                                 const std::string& table) const {
  return Since(sequence, {kWritten, table});
}

CommitHistory::SharedRows CommitHistory::SharedSince(
    uint64_t sequence, const std::string& table) const {
  SharedRows rows;
  rows.unknown = under_way_.count({kShared, table}) != 0;
  const auto found = shares_.find(table);
  if (found == shares_.end()) return rows;
  rows.unknown |= found->second.unknown_until > sequence;
  for (const Shares::Commit& commit : found->second.commits)
    if (commit.sequence > sequence)
      rows.places.insert(commit.places.begin(), commit.places.end());
  return rows;
}

}  // namespace dsql
