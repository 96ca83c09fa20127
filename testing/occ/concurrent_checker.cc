// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_checker.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "testing/occ/concurrent_chains.h"
#include "testing/occ/concurrent_order.h"
#include "testing/occ/concurrent_row_use.h"

namespace dsql_testing {
namespace {

using Edge = ConcurrentOrder::Edge;
using Edges = ConcurrentOrder::Edges;
using Event = ConcurrentOrder::Event;

// Two events for each transaction and one for each moment at which something
// was answered.
class Judge {
 public:
  Judge(const std::vector<TransactionRecord>& transactions,
        const std::vector<std::map<RowName, RowUse>>& uses,
        const VersionChains& versions, ConcurrentDialect dialect)
      : transactions_(transactions),
        uses_(uses),
        versions_(versions),
        dsql_(dialect == ConcurrentDialect::kDsql),
        answered_(Answered()),
        order_(static_cast<int>(2 * transactions.size() + answered_.size())) {}

  std::string FindContradiction() {
    AddTimes();
    for (const VersionChain& chain : versions_.chains) {
      AddWriters(chain);
      AddLocks(chain);
    }
    AddChainsOfOneRow();
    for (size_t i = 0; i < uses_.size(); ++i)
      for (const auto& use : uses_[i])
        AddUse(static_cast<int>(i), use.first, use.second);
    return order_.FindContradiction(Names());
  }

 private:
  static Event SnapshotOf(int transaction) { return 2 * transaction; }
  static Event CommitOf(int transaction) { return 2 * transaction + 1; }
  const std::string& NameOf(int transaction) const {
    return transactions_[transaction].name;
  }

  // Calls visit(event, span) for each that happened.
  template <typename Visit>
  void ForEachEvent(Visit visit) const {
    for (size_t i = 0; i < transactions_.size(); ++i) {
      const int transaction = static_cast<int>(i);
      visit(SnapshotOf(transaction), transactions_[i].snapshot);
      if (versions_.committed[i])
        visit(CommitOf(transaction), transactions_[i].commit);
    }
  }

  std::vector<Moment> Answered() const {
    std::set<Moment> moments;
    ForEachEvent([&](Event, const Span& span) {
      if (span.to != kNever) moments.insert(span.to);
    });
    return {moments.begin(), moments.end()};
  }

  void AddTimes() {
    const Event first = static_cast<Event>(2 * transactions_.size());
    for (size_t i = 1; i < answered_.size(); ++i)
      order_.Add({first + static_cast<Event>(i) - 1, first + Event(i)}, "time");
    ForEachEvent([&](Event event, const Span& span) {
      const auto sent =
          std::lower_bound(answered_.begin(), answered_.end(), span.from);
      if (sent != answered_.begin() && span.from != kNever)
        order_.Add({first + Event(sent - answered_.begin()) - 1, event},
                   absl::StrCat("sent at ", span.from));
      if (span.to == kNever) return;
      const auto told =
          std::lower_bound(answered_.begin(), answered_.end(), span.to);
      order_.Add({event, first + Event(told - answered_.begin())},
                 absl::StrCat("answered at ", span.to));
    });
    for (size_t i = 0; i < transactions_.size(); ++i)
      order_.Add({SnapshotOf(int(i)), CommitOf(int(i))}, "it is one");
  }

  // The first committer wins.
  void AddWriters(const VersionChain& chain) {
    std::vector<int> writers;
    for (const VersionChain::Group& group : chain.groups)
      writers.push_back(group.writer);
    if (chain.remover.has_value()) writers.push_back(*chain.remover);
    for (size_t i = 1; i < writers.size(); ++i)
      order_.Add(
          {CommitOf(writers[i - 1]), SnapshotOf(writers[i])},
          absl::StrCat("both wrote ", ToString(chain.row), ", it second"));
  }

  // Who locked a version and committed conflicts with whoever wrote or locked
  // the same one.
  void AddLocks(const VersionChain& chain) {
    if (!dsql_) return;
    std::map<size_t, std::vector<int>> lockers;
    for (size_t i = 0; i < uses_.size(); ++i) {
      const auto use = uses_[i].find(chain.row);
      if (transactions_[i].fate != TransactionRecord::kCommitted ||
          use == uses_[i].end() || !use->second.locked ||
          use->second.saw.empty() ||
          versions_.Find(use->second.saw.front()) != &chain)
        continue;
      lockers[use->second.saw.front().size()].push_back(static_cast<int>(i));
    }
    for (const auto& version : lockers) {
      const absl::optional<int> next = chain.WriterAfter(version.first);
      for (int locker : version.second) {
        const std::string why =
            absl::StrCat(NameOf(locker), " locked ", ToString(chain.row));
        if (next.has_value() && *next != locker)
          order_.Add({CommitOf(locker), SnapshotOf(*next)}, why);
        for (int other : version.second)
          if (other < locker && next != other && next != locker)
            order_.AddChoice({{{CommitOf(locker), SnapshotOf(other)}},
                              {{CommitOf(other), SnapshotOf(locker)}}},
                             absl::StrCat(why, ", as did ", NameOf(other)));
      }
    }
  }

  // That `before` was over when `event` happened; nullopt where it cannot be.
  absl::optional<Edges> Over(const VersionChain& before, Event event) const {
    if (before.remover.has_value()) {
      if (CommitOf(*before.remover) == event) return Edges();
      return Edges{{CommitOf(*before.remover), event}};
    }
    if (!before.may_be_removed) return absl::nullopt;
    return Edges{{CommitOf(before.groups.back().writer), event}};
  }

  void AddChainsOfOneRow() {
    for (const VersionChain& one : versions_.chains) {
      for (const VersionChain& other : versions_.chains) {
        if (&one >= &other || one.row != other.row) continue;
        std::vector<Edges> alternatives;
        for (const auto& pair :
             {std::make_pair(&one, &other), std::make_pair(&other, &one)}) {
          const absl::optional<Edges> edges =
              Over(*pair.first, CommitOf(pair.second->groups.front().writer));
          if (edges.has_value()) alternatives.push_back(*edges);
        }
        order_.AddChoice(alternatives,
                         absl::StrCat(ToString(one.row), " is one row: ",
                                      ToString(one.elements), " or ",
                                      ToString(other.elements), " was first"));
      }
    }
  }

  void AddUse(int transaction, const RowName& row, const RowUse& use) {
    const Event snapshot = SnapshotOf(transaction);
    for (const Elements& elements : use.saw) {
      const VersionChain& chain = *versions_.Find(elements);
      const size_t length = elements.size();
      const std::string why = absl::StrCat(NameOf(transaction), " saw ",
                                           ToString(row), ToString(elements));
      order_.Add({CommitOf(*chain.WriterOf(length)), snapshot}, why);
      const absl::optional<int> next = chain.WriterAfter(length);
      if (next.has_value() && *next != transaction)
        order_.Add({snapshot, CommitOf(*next)}, why);
    }
    const bool inserted = dsql_ && use.created && !use.removed &&
                          versions_.committed[transaction];
    if (use.saw_absent || inserted) AddAbsence(transaction, row);
    if (use.saw_present) AddPresence(transaction, row);
  }

  void AddAbsence(int transaction, const RowName& row) {
    const Event snapshot = SnapshotOf(transaction);
    for (const VersionChain& chain : versions_.chains) {
      const int creator = chain.groups.front().writer;
      if (chain.row != row || creator == transaction) continue;
      std::vector<Edges> alternatives = {{{snapshot, CommitOf(creator)}}};
      const absl::optional<Edges> over = Over(chain, snapshot);
      if (over.has_value()) alternatives.push_back(*over);
      order_.AddChoice(alternatives, absl::StrCat(NameOf(transaction),
                                                  " found no ", ToString(row)));
    }
  }

  // Says nothing where somebody whose connection broke may have inserted it.
  void AddPresence(int transaction, const RowName& row) {
    const Event snapshot = SnapshotOf(transaction);
    std::vector<Edges> alternatives;
    for (size_t i = 0; i < uses_.size(); ++i) {
      const auto use = uses_[i].find(row);
      if (transactions_[i].fate == TransactionRecord::kUnknown &&
          use != uses_[i].end() && use->second.created)
        return;
    }
    for (const VersionChain& chain : versions_.chains) {
      if (chain.row != row) continue;
      Edges edges = {{CommitOf(chain.groups.front().writer), snapshot}};
      if (chain.remover.has_value() && *chain.remover != transaction)
        edges.push_back({snapshot, CommitOf(*chain.remover)});
      alternatives.push_back(std::move(edges));
    }
    order_.AddChoice(alternatives,
                     absl::StrCat(NameOf(transaction),
                                  " was told that there is ", ToString(row)));
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const TransactionRecord& transaction : transactions_) {
      names.push_back(transaction.name + " snapshot");
      names.push_back(transaction.name + " commit");
    }
    for (Moment moment : answered_) names.push_back(absl::StrCat("@", moment));
    return names;
  }

  const std::vector<TransactionRecord>& transactions_;
  const std::vector<std::map<RowName, RowUse>>& uses_;
  const VersionChains& versions_;
  const bool dsql_;
  const std::vector<Moment> answered_;
  ConcurrentOrder order_;
};

bool Claims(const RowUse& use) {
  return use.created || !use.own.empty() || use.removed || use.maybe_removed ||
         use.locked;
}

bool Overlap(const TransactionRecord& one, const TransactionRecord& other) {
  return one.snapshot.from < other.commit.to &&
         other.snapshot.from < one.commit.to;
}

// Whether somebody gave the transaction a reason for 40001.
bool HasRival(const std::vector<TransactionRecord>& transactions,
              const std::vector<std::map<RowName, RowUse>>& uses,
              size_t loser) {
  for (size_t i = 0; i < transactions.size(); ++i) {
    const auto fate = transactions[i].fate;
    if (i == loser || !Overlap(transactions[loser], transactions[i]) ||
        (fate != TransactionRecord::kCommitted &&
         fate != TransactionRecord::kUnknown))
      continue;
    for (const auto& use : uses[loser]) {
      const auto theirs = uses[i].find(use.first);
      if (theirs != uses[i].end() && Claims(use.second) &&
          Claims(theirs->second))
        return true;
    }
  }
  return false;
}

}  // namespace

ConcurrentVerdict JudgeHistory(
    const std::vector<TransactionRecord>& transactions,
    ConcurrentDialect dialect) {
  ConcurrentVerdict verdict;
  std::vector<std::map<RowName, RowUse>> uses;
  uses.reserve(transactions.size());
  for (const TransactionRecord& transaction : transactions)
    uses.push_back(FindRowUses(transaction, &verdict.violations));
  for (size_t i = 0; i < transactions.size(); ++i) {
    const auto fate = transactions[i].fate;
    if (fate == TransactionRecord::kUnknown) ++verdict.unknown;
    if (fate != TransactionRecord::kConflict) continue;
    ++verdict.conflicts;
    if (!HasRival(transactions, uses, i)) ++verdict.needless;
  }
  if (!verdict.violations.empty()) return verdict;
  const VersionChains versions =
      BuildVersionChains(transactions, uses, &verdict.violations);
  if (!verdict.violations.empty()) return verdict;
  const std::string contradiction =
      Judge(transactions, uses, versions, dialect).FindContradiction();
  if (!contradiction.empty())
    verdict.violations.push_back("no order explains this:\n" + contradiction);
  return verdict;
}

}  // namespace dsql_testing
