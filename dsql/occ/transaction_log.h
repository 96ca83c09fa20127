// SPDX-License-Identifier: Apache-2.0

// What a transaction did since its savepoint, so that it can be done again.

#ifndef DSQL_OCC_TRANSACTION_LOG_H_
#define DSQL_OCC_TRANSACTION_LOG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/prepared_statements.h"
#include "dsql/occ/answer_digest.h"
#include "dsql/occ/unit.h"

namespace dsql {

// The messages of `unit` in a form that can be sent again, whatever the client
// does to its statements meanwhile, and that leaves these as they are: under
// names of its own, each parsed here, as messages of the extended protocol. It
// ends with one ReadyForQuery: Sync stands at the end, after `copy_data`.
std::string RepeatableRequest(const Unit& unit,
                              const PreparedStatements& prepared,
                              absl::string_view copy_data);

class TransactionLog {
 public:
  struct Entry {
    // See RepeatableRequest().
    std::string request;
    AnswerDigest digest;
    // A write that found nothing to be written.
    bool wrote_nothing = false;
  };

  // `repeats`: see KeyCatalog::Repeats().
  void Add(Entry entry, bool repeats) {
    size_ += entry.request.size();
    entries_.push_back(std::move(entry));
    if (!repeats) repeats_from_ = entries_.size();
  }
  void Clear() { *this = TransactionLog(); }

  const std::vector<Entry>& entries() const { return entries_; }
  // Of all requests, in bytes.
  size_t size() const { return size_; }
  // All entries from this one on repeat.
  size_t repeats_from() const { return repeats_from_; }

 private:
  std::vector<Entry> entries_;
  size_t size_ = 0;
  size_t repeats_from_ = 0;
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_LOG_H_
