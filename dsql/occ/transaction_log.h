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
#include "dsql/occ/sequence_use.h"
#include "dsql/occ/unit.h"

namespace dsql {

// A unit that can be done again, whatever the client does to its statements
// meanwhile. Each statement after the first write is kept so, and hardly ever
// one done again: what that takes is left to Encode().
class LoggedUnit {
 public:
  LoggedUnit() = default;
  // `prepared`: what the server has before the unit.
  LoggedUnit(const Unit& unit, const PreparedStatements& prepared,
             std::string copy_data);
  // A statement of its own, whatever portal the client ran it by.
  explicit LoggedUnit(const StatementRef& statement);

  // Messages of the extended protocol that leave the client's statements as
  // they are: under names of the log's own, each parsed here. They end with one
  // ReadyForQuery: Sync stands at the end, after the data of a COPY.
  std::string Encode() const;

  // Whether it makes the portal, or executes it.
  bool Binds(absl::string_view portal) const;
  bool Executes(absl::string_view portal) const;
  // Those that it executes and does not make.
  std::vector<std::string> OldPortals() const;

 private:
  template <typename Look>
  void ForEachMessage(const Look& look) const;

  bool extended_ = false;
  // Its messages, or the texts of a Query's statements, each with a zero.
  std::string content_;
  // The Parse messages of what it binds and does not parse itself.
  std::string parses_;
  std::string copy_data_;
};

// SET CONSTRAINTS; see sql::Statement. `statement` is for where the client's
// portal is there still.
struct ConstraintSetting {
  std::vector<std::string> names;
  LoggedUnit statement;
};

class TransactionLog {
 public:
  struct Entry {
    LoggedUnit unit;
    AnswerDigest digest;
    // A write that found nothing to be written.
    bool wrote_nothing = false;
    SequenceUse sequences = {};
    // Without names: none.
    ConstraintSetting setting = {};
  };

  // `repeats`: see KeyCatalog::Repeats().
  void Add(Entry entry, bool repeats) {
    entries_.push_back(std::move(entry));
    if (!repeats) repeats_from_ = entries_.size();
  }
  void Clear() { *this = TransactionLog(); }

  const std::vector<Entry>& entries() const { return entries_; }
  // Whether the entry, done again after all from `from` on, may find a sequence
  // in another place: moved by what came after it at first. No ROLLBACK sets
  // one back.
  bool MayFindSequenceMoved(size_t from, size_t entry) const;
  // Whether one of them makes the portal.
  bool Binds(absl::string_view portal) const;
  // Whether an entry from `from` on executes a portal that one before `from`
  // made: no ROLLBACK TO a savepoint between them moves it back.
  bool MovesOldPortals(size_t from) const;
  // Whether the portal is where it is by what the entry executed.
  bool Places(size_t entry, absl::string_view portal) const;
  // Of the entries before `end` those that set constraints, without what others
  // have set again since: to check what was immediate once may fail.
  std::vector<size_t> ConstraintsSetBefore(size_t end) const;
  // All entries from this one on repeat.
  size_t repeats_from() const { return repeats_from_; }

 private:
  std::vector<Entry> entries_;
  size_t repeats_from_ = 0;
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_LOG_H_
