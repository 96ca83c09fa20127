#include "dsql/occ/commit_history.h"

namespace dsql {

using sql::TableWrite;

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

bool CommitHistory::SharedSince(uint64_t sequence,
                                const std::string& table) const {
  return Since(sequence, {kShared, table});
}

}  // namespace dsql
