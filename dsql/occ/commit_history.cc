#include "dsql/occ/commit_history.h"

namespace dsql {

using sql::TableWrite;

std::vector<CommitHistory::Key> CommitHistory::KeysOf(const Writes& writes) {
  std::vector<Key> keys;
  for (const TableWrite& write : writes) {
    if (write.kind == TableWrite::kDelete || write.kind == TableWrite::kUpdate)
      keys.emplace_back(kRemoved, write.table.name);
    if (write.kind == TableWrite::kKeyShare)
      keys.emplace_back(kShared, write.table.name);
  }
  return keys;
}

void CommitHistory::Begin(const Writes& writes) {
  ++commits_under_way_;
  for (const Key& key : KeysOf(writes)) under_way_.insert(key);
}

void CommitHistory::End(const Writes& writes, bool committed) {
  --commits_under_way_;
  if (committed) ++sequence_;
  for (const Key& key : KeysOf(writes)) {
    under_way_.erase(under_way_.find(key));
    if (committed) last_[key] = sequence_;
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

bool CommitHistory::SharedSince(uint64_t sequence,
                                const std::string& table) const {
  return Since(sequence, {kShared, table});
}

}  // namespace dsql
