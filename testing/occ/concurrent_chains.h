// SPDX-License-Identifier: Apache-2.0

// In which order the versions of each row were committed.

#ifndef TESTING_OCC_CONCURRENT_CHAINS_H_
#define TESTING_OCC_CONCURRENT_CHAINS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "testing/occ/concurrent_history.h"
#include "testing/occ/concurrent_row_use.h"

namespace dsql_testing {

// A row from its INSERT to its DELETE.
struct VersionChain {
  RowName row;
  Elements elements;
  // Who wrote elements up to `end`.
  struct Group {
    int writer;
    size_t end;
  };
  std::vector<Group> groups;
  absl::optional<int> remover;
  // Somebody whose connection broke may have removed it.
  bool may_be_removed = false;

  // Who committed the version after the one that ends at `length`.
  absl::optional<int> WriterAfter(size_t length) const;
  absl::optional<int> WriterOf(size_t length) const;
};

struct VersionChains {
  std::vector<VersionChain> chains;
  // Of each transaction, whether it committed; that of an unknown fate did if
  // another one saw something of it.
  std::vector<bool> committed;
  // The chain that `elements`, not empty, are a part of.
  const VersionChain* Find(const Elements& elements) const;

  std::map<std::string, size_t> by_first;
};

// Adds to `violations`: reads of what was never committed, writes that are told
// to be committed and left no trace, versions of which one hides another.
// Their transactions are numbered as in `transactions`.
VersionChains BuildVersionChains(
    const std::vector<TransactionRecord>& transactions,
    const std::vector<std::map<RowName, RowUse>>& uses,
    std::vector<std::string>* violations);

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_CHAINS_H_
