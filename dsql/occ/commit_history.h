// SPDX-License-Identifier: Apache-2.0

// What transactions of one database committed, in their order.

#ifndef DSQL_OCC_COMMIT_HISTORY_H_
#define DSQL_OCC_COMMIT_HISTORY_H_

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dsql/sql/statement.h"

namespace dsql {

// A commit takes effect while its CommitUnderWay lives. A transaction whose
// first statement was sent when sequence() was s sees every commit that ended
// with s or before, and perhaps later ones; Since() tells of all that it may
// not see.
class CommitHistory {
 public:
  using Writes = std::vector<sql::TableWrite>;

  uint64_t sequence() const { return sequence_; }

  // A commit that is under way. Where nobody says that it failed, it may have
  // happened, and counts. The history must outlive it.
  class CommitUnderWay {
   public:
    CommitUnderWay() = default;
    CommitUnderWay(CommitHistory* history, Writes writes);
    ~CommitUnderWay() { End(true); }
    CommitUnderWay(CommitUnderWay&& other) noexcept {
      *this = std::move(other);
    }
    CommitUnderWay& operator=(CommitUnderWay&& other) noexcept {
      End(true);
      history_ = std::exchange(other.history_, nullptr);
      writes_ = std::move(other.writes_);
      return *this;
    }
    // `committed`: it did take effect.
    void End(bool committed);

   private:
    CommitHistory* history_ = nullptr;
    Writes writes_;
  };
  CommitUnderWay Begin(Writes writes) {
    return CommitUnderWay(this, std::move(writes));
  }

  bool AnySince(uint64_t sequence) const {
    return sequence_ > sequence || commits_under_way_ > 0;
  }
  // Whether rows of the table were deleted or updated.
  bool RemovedSince(uint64_t sequence, const std::string& table) const;
  // Whether rows of the table were written at all.
  bool WrittenSince(uint64_t sequence, const std::string& table) const;

  // Rows of a table that were locked by FOR KEY SHARE.
  struct SharedRows {
    // Some of which it is not known where they are.
    bool unknown = false;
    std::set<std::string> places;

    bool empty() const { return !unknown && places.empty(); }
  };
  // Whether there are any, of whichever table.
  bool AnyShared() const {
    return !shares_.empty() ||
           under_way_.lower_bound({kShared, ""}) != under_way_.end();
  }
  SharedRows SharedSince(uint64_t sequence, const std::string& table) const;

 private:
  // kShared is the last one.
  enum Kind { kWritten, kRemoved, kShared };
  using Key = std::pair<Kind, std::string>;
  // Rows of one table that were shared, commit by commit. Of those up to
  // `unknown_until` it is not known which they were.
  struct Shares {
    struct Commit {
      uint64_t sequence = 0;
      std::vector<std::string> places;
    };
    uint64_t unknown_until = 0;
    std::deque<Commit> commits;
  };

  static std::vector<Key> KeysOf(const Writes& writes);
  void NoteShare(const sql::TableWrite& write);
  bool Since(uint64_t sequence, const Key& key) const;

  uint64_t sequence_ = 0;
  std::map<Key, uint64_t> last_;
  int commits_under_way_ = 0;
  std::multiset<Key> under_way_;
  std::map<std::string, Shares> shares_;
};

}  // namespace dsql

#endif  // DSQL_OCC_COMMIT_HISTORY_H_
