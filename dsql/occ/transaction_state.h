// SPDX-License-Identifier: Apache-2.0

// What a session's transaction is, at a time.

#ifndef DSQL_OCC_TRANSACTION_STATE_H_
#define DSQL_OCC_TRANSACTION_STATE_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// Where the history of commits and the catalog were when a transaction's first
// statement was sent.
struct Snapshot {
  uint64_t sequence = 0;
  uint64_t catalog_version = 0;
};

// The state of a session's transaction, and which moves there are from it. No
// I/O; it knows nothing of messages.
//
//   Idle -> Reading -> Writing -> Parked <-> Private      any block -> Failed
//                        ^-----------'                    any block -> Gone
class TransactionState {
 public:
  // No block is open.
  struct Idle {};
  // A block in which nothing was written.
  struct Reading {};
  // What was written is in the tables: since the savepoint `dsql_first`, and
  // what the log has from entry `from` on since `dsql_next`, where that
  // `has_next`.
  struct Writing {
    size_t from = 0;
    bool has_next = false;
  };
  // What the log has from entry `from` on is nowhere: it was rolled back. What
  // precedes it is in the tables. `lost`: another transaction was first, COMMIT
  // must fail.
  struct Parked {
    size_t from = 0;
    bool has_next = false;
    bool lost = false;
  };
  // The same, but what the log has from there on is in copies of the tables.
  // `differs`: it answered otherwise there than it was told to the client.
  struct Private {
    size_t from = 0;
    bool has_next = false;
    bool lost = false;
    bool differs = false;
  };
  // Ended from outside; the client is told `error` next.
  struct Gone {
    v1::SqlErrorDetail error;
  };
  // The client knows of an error.
  struct Failed {};

  template <typename State>
  bool is() const {
    return absl::holds_alternative<State>(state_);
  }
  template <typename State>
  const State* get() const {
    return absl::get_if<State>(&state_);
  }

  bool in_block() const { return !is<Idle>(); }
  // The client did not ask for the block: it has several statements in one
  // implicit transaction, or one that must be looked at before it commits.
  bool implicit() const { return implicit_; }
  // There is a savepoint that nothing written precedes.
  bool has_savepoint() const {
    return is<Writing>() || is<Parked>() || is<Private>();
  }
  bool has_next() const;
  // COMMIT must fail.
  bool lost() const;
  const absl::optional<Snapshot>& snapshot() const { return snapshot_; }
  absl::Time began() const { return began_; }

  // Moves. Each says from where it is allowed.

  // Idle.
  void Begin(absl::Time now, bool implicit);
  // A block: the client asked for it after all.
  void BecomeExplicit() { implicit_ = false; }
  // A block. The first call counts.
  void TakeSnapshot(const Snapshot& snapshot);
  // Reading, Writing.
  void Wrote();
  // Writing: the savepoint `dsql_next` was set anew, after so many entries of
  // the log.
  void SetNext(size_t from);
  // Writing: rolled back to the last savepoint.
  void Park();
  // Writing, Parked, Private: rolled back to the first savepoint.
  void ParkAll();
  // Parked.
  void GoPrivate(bool differs);
  // Private: the copies were rolled back.
  void LeavePrivate();
  // Parked: all of the log is in the tables again.
  void Reclaim();
  // Parked, Private.
  void Lose();
  // Any block that has not failed.
  void Abort(const v1::SqlErrorDetail& error);
  // Any block.
  void Fail();
  // Failed: a savepoint of the client's healed it.
  void Heal();
  // Anywhere.
  void End();

 private:
  absl::variant<Idle, Reading, Writing, Parked, Private, Gone, Failed> state_;
  bool implicit_ = false;
  absl::optional<Snapshot> snapshot_;
  absl::Time began_;
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_STATE_H_
