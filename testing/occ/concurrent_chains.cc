// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_chains.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace dsql_testing {
namespace {

class Builder {
 public:
  Builder(const std::vector<TransactionRecord>& transactions,
          const std::vector<std::map<RowName, RowUse>>& uses,
          std::vector<std::string>* violations)
      : transactions_(transactions), uses_(uses), violations_(*violations) {}

  VersionChains Run() {
    const size_t before = violations_.size();
    FindOrigins();
    JudgeReads();
    if (violations_.size() == before) CollectChains();
    if (violations_.size() == before) CutGroups();
    if (violations_.size() == before) FindRemovers();
    if (violations_.size() == before) FindLostWrites();
    if (violations_.size() == before) FindTornReads();
    return std::move(result_);
  }

 private:
  struct Origin {
    int writer;
    RowName row;
  };

  template <typename... Parts>
  void Violate(const RowName& row, const Parts&... parts) {
    violations_.push_back(absl::StrCat(ToString(row), ": ", parts...));
  }
  const std::string& NameOf(int writer) const {
    return transactions_[writer].name;
  }
  // Calls visit(transaction, row, use) for each.
  template <typename Visit>
  void ForEachUse(Visit visit) const {
    for (size_t i = 0; i < uses_.size(); ++i)
      for (const auto& use : uses_[i])
        visit(static_cast<int>(i), use.first, use.second);
  }

  // Of rows that their writer deleted again, too: nobody else may see them.
  void FindOrigins() {
    for (size_t i = 0; i < transactions_.size(); ++i) {
      const TransactionRecord& transaction = transactions_[i];
      result_.committed.push_back(transaction.fate ==
                                  TransactionRecord::kCommitted);
      for (const Access& access : transaction.accesses)
        if (access.kind == Access::kAppend || access.kind == Access::kCreate)
          origins_[access.elements.front()] = {static_cast<int>(i), access.row};
    }
  }

  void JudgeReads() {
    ForEachUse([this](int reader, const RowName& row, const RowUse& use) {
      for (const Elements& elements : use.saw)
        for (const std::string& element : elements)
          JudgeRead(reader, row, element);
    });
  }

  void JudgeRead(int reader, const RowName& row, const std::string& element) {
    const auto origin = origins_.find(element);
    if (origin == origins_.end() || origin->second.row != row)
      return Violate(row, NameOf(reader), " saw ", element,
                     ", which nobody wrote there");
    const int writer = origin->second.writer;
    const TransactionRecord::Fate fate = transactions_[writer].fate;
    if (fate == TransactionRecord::kConflict)
      Violate(row, NameOf(reader), " saw ", element, " of ", NameOf(writer),
              ", which was told 40001");
    if (fate == TransactionRecord::kRolledBack)
      Violate(row, NameOf(reader), " saw ", element, " of ", NameOf(writer),
              ", which was rolled back");
    result_.committed[writer] = true;
  }

  void CollectChains() {
    ForEachUse([this](int reader, const RowName& row, const RowUse& use) {
      for (const Elements& elements : use.saw) Collect(row, elements);
      if (!result_.committed[reader] || use.own.empty() || !use.maybe.empty())
        return;
      if (use.created) return Collect(row, use.own);
      if (use.saw.empty()) return;
      Elements written = use.saw.front();
      written.insert(written.end(), use.own.begin(), use.own.end());
      Collect(row, written);
    });
  }

  void Collect(const RowName& row, const Elements& elements) {
    const auto added =
        result_.by_first.emplace(elements.front(), result_.chains.size());
    if (added.second) {
      result_.chains.push_back({row, elements, {}, {}, false});
      return;
    }
    Elements& known = result_.chains[added.first->second].elements;
    const size_t common = std::min(known.size(), elements.size());
    if (!std::equal(known.begin(), known.begin() + common, elements.begin()))
      return Violate(row, "lost update: ", ToString(elements), " and ",
                     ToString(known), " were both committed");
    if (elements.size() > known.size()) known = elements;
  }

  void CutGroups() {
    for (VersionChain& chain : result_.chains) {
      std::set<int> writers;
      for (size_t i = 0; i < chain.elements.size(); ++i) {
        const int writer = origins_[chain.elements[i]].writer;
        if (!chain.groups.empty() && chain.groups.back().writer == writer) {
          chain.groups.back().end = i + 1;
          continue;
        }
        if (!writers.insert(writer).second)
          Violate(chain.row, "others wrote between the writes of ",
                  NameOf(writer), ": ", ToString(chain.elements));
        chain.groups.push_back({writer, i + 1});
      }
      const RowUse& first = uses_[chain.groups.front().writer].at(chain.row);
      if (!first.created || first.own.front() != chain.elements.front())
        Violate(chain.row, ToString(chain.elements),
                " does not begin with an insert");
    }
  }

  void FindRemovers() {
    ForEachUse([this](int remover, const RowName& row, const RowUse& use) {
      const bool unknown =
          transactions_[remover].fate == TransactionRecord::kUnknown;
      if (unknown && (use.maybe_removed || use.removed)) {
        for (VersionChain& chain : result_.chains)
          if (chain.row == row) chain.may_be_removed = true;
      }
      if (!use.removed || !result_.committed[remover] || use.saw.empty())
        return;
      VersionChain& chain =
          result_.chains[result_.by_first[use.saw.front().front()]];
      if (chain.remover.has_value())
        return Violate(row, "removed by both ", NameOf(*chain.remover), " and ",
                       NameOf(remover));
      chain.remover = remover;
    });
  }

  // A chain whose end nobody saw may have had more.
  void FindLostWrites() {
    std::set<std::string> kept;
    std::set<RowName> open_ended;
    for (const VersionChain& chain : result_.chains) {
      kept.insert(chain.elements.begin(), chain.elements.end());
      if (chain.may_be_removed) open_ended.insert(chain.row);
    }
    ForEachUse([&](int writer, const RowName& row, const RowUse& use) {
      if (!result_.committed[writer] || open_ended.count(row) != 0) return;
      for (const std::string& element : use.own)
        if (use.maybe.count(element) == 0 && kept.count(element) == 0)
          Violate(row, "lost update: ", NameOf(writer), " committed ", element,
                  ", and it is not there");
    });
  }

  void FindTornReads() {
    ForEachUse([this](int reader, const RowName& row, const RowUse& use) {
      for (const Elements& elements : use.saw) {
        const VersionChain* chain = result_.Find(elements);
        if (!chain->WriterOf(elements.size()).has_value())
          Violate(row, NameOf(reader), " saw ", ToString(elements),
                  ", a half of the writes of ",
                  NameOf(origins_[elements.back()].writer));
      }
    });
  }

  const std::vector<TransactionRecord>& transactions_;
  const std::vector<std::map<RowName, RowUse>>& uses_;
  std::vector<std::string>& violations_;
  std::map<std::string, Origin> origins_;
  VersionChains result_;
};

}  // namespace

absl::optional<int> VersionChain::WriterOf(size_t length) const {
  for (const Group& group : groups)
    if (group.end == length) return group.writer;
  return absl::nullopt;
}

absl::optional<int> VersionChain::WriterAfter(size_t length) const {
  for (const Group& group : groups)
    if (group.end > length) return group.writer;
  return remover;
}

const VersionChain* VersionChains::Find(const Elements& elements) const {
  const auto found = by_first.find(elements.front());
  return found == by_first.end() ? nullptr : &chains[found->second];
}

VersionChains BuildVersionChains(
    const std::vector<TransactionRecord>& transactions,
    const std::vector<std::map<RowName, RowUse>>& uses,
    std::vector<std::string>* violations) {
  return Builder(transactions, uses, violations).Run();
}

}  // namespace dsql_testing
