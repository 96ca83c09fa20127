// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_row_use.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace dsql_testing {
namespace {

int64_t Added(absl::string_view element) {
  const size_t colon = element.find(':');
  int64_t number = 0;
  if (colon != absl::string_view::npos &&
      !absl::SimpleAtoi(element.substr(colon + 1), &number))
    return 0;
  return number;
}

int64_t Sum(const Elements& elements) {
  int64_t sum = 0;
  for (const std::string& element : elements) sum += Added(element);
  return sum;
}

// One row of one transaction, statement by statement.
class Walk {
 public:
  Walk(const std::string& name, const RowName& row, RowUse* use,
       std::vector<std::string>* violations)
      : name_(name), row_(row), use_(*use), violations_(*violations) {}

  void Take(const Access& access) {
    switch (access.kind) {
      case Access::kSaw:
        return See(access);
      case Access::kSawAbsent:
        if (!use_.own.empty()) return Violate("does not see its own row");
        if (!use_.removed && !gone_) use_.saw_absent = true;
        return;
      case Access::kSawPresent:
        if (gone()) return Violate("is told of a row that it removed");
        if (use_.own.empty()) use_.saw_present = true;
        return;
      case Access::kAppend:
      case Access::kCreate:
        return Write(access);
      case Access::kRemove:
        return Remove(access);
      case Access::kLock:
        use_.locked = true;
        return;
    }
  }

  void Finish() {
    for (const Elements& elements : use_.saw)
      if (elements != use_.saw.front())
        Violate(absl::StrCat("sees it in two ways: ", ToString(elements),
                             " and ", ToString(use_.saw.front())));
    if (use_.saw_absent && (!use_.saw.empty() || use_.saw_present))
      Violate("sees it both there and not there");
  }

 private:
  bool gone() const { return use_.own.empty() && (use_.removed || gone_); }

  void Violate(const std::string& what) {
    violations_.push_back(absl::StrCat(name_, " ", ToString(row_), ": ", what));
  }

  void See(const Access& access) {
    if (Sum(access.elements) != access.value)
      Violate(absl::StrCat("has ", access.value, ", and its history ",
                           ToString(access.elements), " gives ",
                           Sum(access.elements)));
    if (gone()) return Violate("sees a row that it removed");
    const Elements& own = use_.own;
    if (access.elements.size() < own.size() ||
        !std::equal(own.rbegin(), own.rend(), access.elements.rbegin()))
      return Violate(absl::StrCat("wrote ", ToString(own), " and sees ",
                                  ToString(access.elements)));
    const Elements base(access.elements.begin(),
                        access.elements.end() - own.size());
    if (use_.created != base.empty())
      return Violate(absl::StrCat(
          "sees ", ToString(access.elements),
          use_.created ? " where it inserted a row" : ", without an insert"));
    if (!base.empty()) use_.saw.push_back(base);
  }

  void Write(const Access& access) {
    const bool creates = access.kind == Access::kCreate;
    const bool there = !use_.own.empty() || !use_.saw.empty();
    const bool idle = creates ? (there && !gone()) || use_.saw_present
                              : gone() || use_.saw_absent;
    if (access.maybe && idle) return;
    if (creates && there && !gone()) Violate("inserts a row that is there");
    if (!creates && gone()) Violate("updates a row that it removed");
    if (creates) use_.created = true;
    use_.own.push_back(access.elements.front());
    if (access.maybe) use_.maybe.insert(access.elements.front());
  }

  void Remove(const Access& access) {
    if (access.maybe) {
      use_.maybe_removed = true;
      return;
    }
    if (gone()) Violate("deletes a row twice");
    if (use_.created) {
      gone_ = true;
    } else {
      use_.removed = true;
    }
    use_.created = false;
    use_.own.clear();
  }

  const std::string& name_;
  const RowName& row_;
  RowUse& use_;
  std::vector<std::string>& violations_;
  // It inserted the row and deleted it again.
  bool gone_ = false;
};

}  // namespace

std::map<RowName, RowUse> FindRowUses(const TransactionRecord& transaction,
                                      std::vector<std::string>* violations) {
  std::map<RowName, RowUse> uses;
  std::map<RowName, Walk> walks;
  for (const Access& access : transaction.accesses) {
    auto walk = walks.find(access.row);
    if (walk == walks.end()) {
      const auto use = uses.emplace(access.row, RowUse()).first;
      walk = walks
                 .emplace(access.row, Walk(transaction.name, use->first,
                                           &use->second, violations))
                 .first;
    }
    walk->second.Take(access);
  }
  for (auto& walk : walks) walk.second.Finish();
  return uses;
}

std::string ToString(const RowName& row) {
  return absl::StrCat(std::string(1, row.first), row.second);
}

std::string ToString(const Elements& elements) {
  return absl::StrCat("[", absl::StrJoin(elements, " "), "]");
}

}  // namespace dsql_testing
