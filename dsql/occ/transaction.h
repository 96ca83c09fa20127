// SPDX-License-Identifier: Apache-2.0

// A session's transactions, as DSQL has them: optimistic, the first committer
// wins.
//
// Words of this house:
//
//   step     what a client sends up to a Query, Sync or Flush
//   unit     one statement of a step, with its messages
//   log      what a transaction did since its first write, so that it can be
//            done again, and what was answered
//   aside    who waits for another transaction steps aside: its statement is
//            undone and runs in a private copy of the tables, as it would if
//            the other were not there
//   private  a transaction that goes on in copies
//   lost     another one was first; COMMIT must fail
//   parked   a transaction whose writes were undone, because another one that
//            is about to commit waited for them; in the copies they are done
//            again when it goes on
//   reclaim  at COMMIT: what was done aside is done in the tables themselves
//   insist   a lone statement, and a COMMIT that reclaims: it is let through
//   gone     a transaction that was ended from outside

#ifndef DSQL_OCC_TRANSACTION_H_
#define DSQL_OCC_TRANSACTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/session/step_runner.h"
#include "dsql/occ/attempt.h"
#include "dsql/occ/coordinator.h"
#include "dsql/occ/private_copy.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/occ/transaction_log.h"
#include "dsql/occ/transaction_options.h"
#include "dsql/occ/transaction_peer.h"
#include "dsql/occ/transaction_state.h"
#include "dsql/occ/turn.h"
#include "dsql/occ/unit.h"

namespace dsql {

// What a transaction did so far.
struct TransactionRecord {
  TransactionLog log;
  std::vector<sql::TableWrite> writes;
  int64_t rows = 0;
  // Rows that it only locked, whose keys count.
  int64_t locked_rows = 0;
  // The bytes of `rows` at most.
  int64_t most_bytes = 0;
  // Of the data of its COPYs, which the log has.
  size_t copied = 0;
  bool did_ddl = false;
  bool changed_catalog = false;
  bool submitted_jobs = false;
  // Whose rows it locked FOR UPDATE.
  std::vector<sql::TableName> locked;
  // Some of them in a subquery or a function, which no rewrite traces.
  bool locked_within = false;
  // It shares rows of which the server does not tell where they are.
  bool shares_unknown = false;
  // Something that is not known, savepoints of the client perhaps.
  bool unknown = false;
  // A statement of it has run that is told of a schema change.
  bool knows_schema = false;
};

// Used on the gateway's thread alone. Coroutines throw what the server's link
// throws.
class Transaction final : public TransactionPeer {
 public:
  // Not owned: `options`.
  Transaction(const StepRunnerContext& context,
              std::shared_ptr<Coordinator> coordinator,
              std::shared_ptr<TransactionControls> controls,
              const TransactionOptions* options);
  ~Transaction() override;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Whoever uses what follows has the turn.
  boost::asio::awaitable<void> TakeTurn();
  // The same where nobody else has it; else false.
  bool TakeFreeTurn();
  void EndTurn() { turn_.End(); }
  // Returns when nobody else uses the session's connection any more, or will.
  boost::asio::awaitable<void> Leave();

  const TransactionState& state() const { return state_; }
  Coordinator& coordinator() { return *coordinator_; }

  // Why a statement may not run; nullopt where it may.
  absl::optional<v1::SqlErrorDetail> FindError(const StatementRef& statement);
  // Whether FindError() would say so; it changes nothing.
  bool WouldRefuse(const StatementRef& statement) const;
  // The catalog has changed since the snapshot of the block.
  bool has_old_catalog() const;
  // The error where the statement names a relation that others made since then,
  // and which is not there for it: in PostgreSQL it is, and empty.
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> FindNewRelation(
      const StatementRef& statement);
  // The session knows of all changes of the catalog.
  void LearnCatalog();
  const TransactionOptions& options() const { return options_; }
  // The bytes of data that it has copied so far.
  size_t copied() const { return record_.copied; }
  // Whether it may write rows, values or keys that are too large.
  bool MayWriteLarge(const Unit& unit, const KeyCatalog& keys) const;
  // What may not write is sent.
  void Sends(const Action& action);
  // What a statement that is sent now sees.
  Snapshot Now() const;
  // The block that a streamed step began has seen this.
  void BeganWith(const Snapshot& snapshot, bool ran);
  // What the log needs of a unit, before it is sent, as it may change the
  // client's statements. Nothing where there is no log.
  LoggedUnit ForLog(const Unit& unit) const;
  // It was answered. Where the transaction has written, it is part of the log.
  boost::asio::awaitable<void> Logs(const Unit& unit, LoggedUnit logged,
                                    const AnswerDigest& digest);
  // The statement failed: nothing is left of the block, as without savepoints.
  boost::asio::awaitable<void> FailWhole();
  // The server's block fails, of whose error it does not know.
  boost::asio::awaitable<void> FailAtServer();
  // The server has answered: what its status says is so.
  void Follow(bool failed);

  // Opens a block that the client did not ask for, with the next statement.
  // `lone`: it has one statement, and then commits.
  void BeginImplicit(bool lone);

  // Each: runs a unit of its kind on the server and returns its answer.
  // `copy_data`: see AttemptRequest.
  boost::asio::awaitable<Answer> RunStatement(const Unit& unit,
                                              std::string copy_data);
  boost::asio::awaitable<Answer> RunLone(const Unit& unit);
  boost::asio::awaitable<Answer> RunControl(const Unit& unit);
  boost::asio::awaitable<Answer> RunOther(const Unit& unit);
  boost::asio::awaitable<Answer> Refuse(const Unit& unit,
                                        const v1::SqlErrorDetail& error);

  // The end of an implicit block. Its output is empty where it succeeds.
  boost::asio::awaitable<Answer> CommitImplicit();
  boost::asio::awaitable<void> RollBack();

  // A block that committed had submitted jobs.
  bool TakeSubmittedJobs();

  // TransactionPeer:
  int32_t server_pid() const override;
  bool busy() const override { return turns_.taken(); }
  bool changes_schema() const override {
    return changes_schema_ || record_.did_ddl;
  }
  uint64_t age_order() const override { return age_order_; }
  bool yields() const override { return !insists_ && state_.in_block(); }
  bool can_park() const override;
  boost::asio::awaitable<void> Park() override;
  bool has_no_rows() const override;
  int interruptions() const override { return interruptions_; }
  bool can_abort() const override;
  boost::asio::awaitable<void> Abort(const v1::SqlErrorDetail& error) override;
  std::shared_ptr<void> BeginInterruption() override;

 private:
  // transaction_units.cc
  boost::asio::awaitable<Answer> Prepare(const Unit& unit);
  // From Parked: portals, settings and relations are gone with what was undone,
  // and made again.
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> Restore();

  enum class Redone { kSame, kLost, kDiffers, kCancelled };
  using Writes = std::vector<sql::TableWrite>;

  // What a statement does, its functions and the catalog considered.
  struct Effects {
    bool may_write = false;
    bool modifies_rows = false;
    bool inserts = false;
    // How many, that is.
    bool tag_tells_rows = true;
    // See KeyCatalog::Repeats().
    bool repeats = false;
    SequenceUse sequences;
    // What it executes: a portal of its own, one that the log makes, or one
    // that was there before the first savepoint, which no ROLLBACK TO moves
    // back. Of such a one that writes nobody can say where it goes on.
    enum class Portal { kOwn, kLogged, kEarlyRead, kEarlyWrite };
    Portal portal = Portal::kOwn;
    // What the values come from: the text, parameters as often as they occur,
    // data of COPY.
    size_t value_bytes = 0;
    // Values are not much larger than that.
    bool bounds_values = false;
    bool sets_large_key = false;
    // Of the statement, which they keep alive, or theirs alone.
    std::shared_ptr<const Writes> writes = std::make_shared<const Writes>();
  };

  // transaction_effects.cc
  // The catalog tells what a statement does.
  static bool NeedsKeys(const StatementRef& statement);
  // `keys` may be null where nothing needs them.
  static Effects EffectsOf(const Unit& unit, size_t copy_size,
                           const KeyCatalog* keys);
  // In the block that is open.
  Effects EffectsHere(const Unit& unit, size_t copy_size,
                      const KeyCatalog* keys) const;

  // transaction_statement.cc
  AttemptRequest RequestFor(const Unit& unit, const Effects& effects) const;
  bool WantsSavepoint(const StatementRef& statement) const;
  boost::asio::awaitable<Answer> Attempt(const AttemptRequest& request);
  // Whether the statement is to be tried again, elsewhere; else `*answer` is
  // its answer.
  boost::asio::awaitable<bool> GoesElsewhere(const AttemptRequest& request,
                                             const Effects& effects,
                                             Answer* answer);
  boost::asio::awaitable<Answer> Finish(const Unit& unit,
                                        const Effects& effects, Answer answer,
                                        LoggedUnit logged);
  // Those that the answer's tag does not tell.
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> CountRows(
      Answer* answer);
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>>
  NoteCatalogChange();
  void Record(const Unit& unit, const Effects& effects, const Answer& answer,
              LoggedUnit logged);
  // Commands that may have to wait for other transactions.
  boost::asio::awaitable<absl::StatusOr<Conversation::Rows>> RunWatched(
      std::vector<std::string> commands);
  // By the coordinator alone.
  bool was_interrupted(const Answer& answer) const;
  bool was_interrupted(const absl::Status& status) const;
  bool was_interrupted(absl::string_view sqlstate) const;
  Answer Conflict(Answer answer);

  // transaction_sizes.cc
  static size_t ValueBytes(const Unit& unit);
  static bool MayHaveLargeValue(const Effects& effects);
  static bool MayHaveLargeKey(const Effects& effects);
  // The bytes of `rows` rows at most.
  static int64_t MostBytes(const Effects& effects, int64_t rows);
  // Puts DSQL's error in the place of PostgreSQL's.
  static void TellKeySize(Answer* answer);
  // A value, a row or a key may be.
  static bool MayBeTooLarge(const Effects& effects);
  // What the last statement wrote is too large: a value, a row, a key.
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> FindSizeError(
      const Effects& effects);
  // All that was written is.
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> FindTotalError();

  // transaction_private.cc
  // They are gone, or go with what is undone.
  void ForgetCopies();
  // Undoes what was done since the last savepoint, or in copies: Parked.
  boost::asio::awaitable<void> RollBackToSavepoint();
  // Undoes the statement that runs; where others have not come in between, it
  // alone. Parked.
  boost::asio::awaitable<void> UndoStatement(const Effects& effects);
  // Undoes all writes: Parked.
  boost::asio::awaitable<void> RollBackToFirst();
  boost::asio::awaitable<void> RollBackTo(std::string savepoint);
  // From Parked: copies the tables and does there what was undone.
  boost::asio::awaitable<absl::Status> GoPrivate(const Writes& more);
  // Private: copies these tables, too. Where that fails, Parked.
  boost::asio::awaitable<absl::Status> CopyMore(const Writes& writes);
  // Copies these tables, too, with what entries of the log before `end` have
  // set of their constraints.
  boost::asio::awaitable<absl::Status> AddCopies(Writes writes, size_t end);
  // What a lone statement, which commits, is answered; it may be undone.
  boost::asio::awaitable<Answer> JudgeLone(const AttemptRequest& request,
                                           const Effects& effects,
                                           Answer answer);
  // Does again what was logged; the server's answer.
  boost::asio::awaitable<std::string> Repeat(const LoggedUnit& unit,
                                             bool in_copy);
  boost::asio::awaitable<Redone> Redo(size_t from, bool in_copy);
  boost::asio::awaitable<Redone> RedoOnce(size_t from, bool in_copy);
  boost::asio::awaitable<Redone> Reclaim();
  // From Parked: whether it could be reclaimed. Else it is Parked.
  boost::asio::awaitable<bool> ComeBack();
  // From Parked, where no copy could be made: `*status` is OK where the other
  // one has given way instead.
  boost::asio::awaitable<void> DoWithoutCopy(absl::Status* status);
  // Parked or private, but what came first is still done in the tables.
  bool is_partly_aside() const;
  // Private: the portal that the unit executes may not be where it was.
  bool IsMisplaced(const Unit& unit) const;
  // Whether SeesViolation() has to look at the rows.
  bool MayViolate(const Writes& writes) const;
  Writes SuspectsAmong(const Writes& writes, const KeyCatalog& keys) const;
  // `function`: what the server looks with.
  boost::asio::awaitable<bool> SeesViolation(
      const Writes& writes, absl::string_view function = "sees_violation");
  // What could not go on in a copy: as an error of its own, or a conflict.
  v1::SqlErrorDetail ErrorOf(const absl::Status& status);

  // transaction_commit.cc
  boost::asio::awaitable<Answer> RunCommit(const Unit& unit);
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> FindCommitError();
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> FindLoss();
  // A deferred constraint that others may have to do with.
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> TryConstraints();
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> TraceLocks();
  boost::asio::awaitable<Answer> FailCommit(const Unit& unit,
                                            const v1::SqlErrorDetail& error);
  boost::asio::awaitable<void> RunHook(TransactionControls::Hook hook);
  boost::asio::awaitable<Writes> WithKeys(Writes writes);
  // With the places of rows that it shares.
  boost::asio::awaitable<absl::StatusOr<Writes>> WithPlaces(Writes writes);
  // Whether it deleted a row, or changed its key, that others share.
  boost::asio::awaitable<absl::StatusOr<bool>> RemovedSharedRows(
      const Writes& with_keys);
  bool OthersWroteNear(const sql::TableWrite& write,
                       const KeyCatalog& keys) const;
  // Since the snapshot: these tables, or what foreign keys connect with them.
  boost::asio::awaitable<bool> OthersWroteNear(const Writes& writes);
  bool OthersWroteNearDeferred(const KeyCatalog& keys) const;
  void Committed();

  void End();
  void TakeSnapshot();
  // The catalog is not that of the snapshot.
  bool is_outdated() const;
  // Counted.
  v1::SqlErrorDetail SchemaConflicts();
  v1::SqlErrorDetail TellGone(const TransactionState::Gone& gone);
  bool IsStale() const;
  // Whether the session is told by this statement of a change that it has not
  // seen: not by later ones of its transaction.
  bool LearnsBy(const StatementRef& statement) const;
  // Itself, or by functions and views.
  bool WritesRows(const sql::Statement& statement) const;
  // By the state of the transaction, the catalog aside.
  absl::optional<v1::SqlErrorDetail> FindBlockError(
      const StatementRef& statement) const;

  const StepRunnerContext context_;
  Conversation* const conversation_;
  const std::shared_ptr<Coordinator> coordinator_;
  const std::shared_ptr<TransactionControls> controls_;
  const TransactionOptions& options_;
  Turns turns_;
  // Of the step that runs.
  Turns::Turn turn_;

  // The catalog that the session knows.
  uint64_t session_version_;
  bool submitted_jobs_ = false;

  // Of the transaction that there is.
  TransactionState state_;
  TransactionRecord record_;
  PrivateCopy copies_;
  // Entries of the log that answered otherwise in the copies.
  std::vector<size_t> differing_;
  uint64_t age_order_ = 0;
  // The server has no block yet for the one that is implicit.
  bool opens_block_ = false;

  // An implicit block of one statement.
  bool lone_ = false;

  // Of the statement that runs.
  bool insists_ = false;
  bool interrupted_ = false;
  int interruptions_ = 0;
  bool changes_schema_ = false;
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_H_
