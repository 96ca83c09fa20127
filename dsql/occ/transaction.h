// A session's transactions, as DSQL has them: optimistic, the first committer
// wins.
//
// From its first write on a transaction block runs in one savepoint, and what
// it does is logged. Where another session waits for it, it is parked: rolled
// back to the savepoint, which gives its locks up but not its snapshot; it does
// all again when it goes on. Where PostgreSQL refuses a statement because of
// what others committed, the transaction has lost: it goes on in a private copy
// of its tables, as if it were alone, and its COMMIT fails.

#ifndef DSQL_OCC_TRANSACTION_H_
#define DSQL_OCC_TRANSACTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/thread_pool.hpp"
#include "dsql/base/clock.h"
#include "dsql/gateway/link/server_link.h"
#include "dsql/gateway/session/step.h"
#include "dsql/occ/answer_digest.h"
#include "dsql/occ/coordinator.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/occ/transaction_log.h"
#include "dsql/occ/transaction_options.h"
#include "dsql/occ/transaction_peer.h"
#include "dsql/sql/rewrite/rewrite_names.h"

namespace dsql {

// Used on the gateway's thread alone. Coroutines throw what ServerLink throws.
class Transaction final : public TransactionPeer {
 public:
  struct Context {
    std::shared_ptr<Coordinator> coordinator;
    boost::asio::any_io_executor executor;
    std::shared_ptr<TransactionControls> controls;
    // The rest is not owned.
    ServerLink* server;
    Clock* clock;
    const TransactionOptions* options;
    boost::asio::thread_pool* workers;
    // Tells the client what the server answered to COPY FROM so far, and
    // returns its CopyData messages through the end.
    std::function<boost::asio::awaitable<std::string>(std::string answered)>
        copy_in;
  };

  // Of one step, as the client is to see it.
  struct Answer {
    std::string output;
    // By ReadyForQuery, or 0.
    char status = '\0';
    bool failed = false;
    // Of what the server answered.
    std::string sqlstate;
    AnswerDigest digest;
    int64_t rows = 0;
  };

  // `owner` keeps all of `context` alive.
  Transaction(Context context, std::weak_ptr<void> owner);
  ~Transaction() override;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // For each step: waits until the connection is not used by others; nobody
  // else uses it until Release().
  boost::asio::awaitable<void> Acquire();
  void Release();

  // Whether the answer to `step` may go to the client as it comes. Then
  // Streamed() follows, and Started() and Finished() of the coordinator are
  // called by this.
  bool MayStream(const Step& step);
  void StartStream();
  void EndStream(const Step& step, bool failed);

  // REQUIRES: `step` is one of SplitStep().
  boost::asio::awaitable<Answer> Run(const Step& step);

  // Connections that are not sessions may wait for transactions, or not.
  void ExpectForeignWaits(bool expected) {
    coordinator_->ExpectForeignWaits(expected);
  }

  // Jobs of this session changed the catalog.
  void ChangeCatalog();

  // In a transaction block, failed or not.
  bool is_explicit() const { return explicit_; }

  // TransactionPeer:
  int32_t server_pid() const override { return server_->key().pid; }
  bool busy() const override { return busy_; }
  bool changes_schema() const override { return changes_schema_; }
  uint64_t age_order() const override { return age_order_; }
  bool can_park() const override;
  boost::asio::awaitable<void> Park() override;
  bool can_abort() const override;
  boost::asio::awaitable<void> Abort(const v1::SqlErrorDetail& error) override;
  boost::asio::awaitable<void> Interrupt() override;

 private:
  // A step under way, with what its COPY FROM got.
  struct Unit {
    const Step* step;
    StatementRef statement;
    std::string copy_data;
    bool copy_told = false;
    // The answer is that of a Wrapping.
    size_t hidden = 0;
    size_t shift = 0;
  };
  // Commands of the gateway around a step, in one transaction with it.
  struct Wrapping {
    Step step;
    // How many answers at either end nobody is to see, and how far the text
    // moved.
    size_t hidden = 0;
    size_t shift = 0;
  };
  enum class Replayed { kSame, kLost, kDifferent };
  using Writes = std::vector<sql::TableWrite>;

  // Lone statements, and BEGIN.
  boost::asio::awaitable<Answer> RunOutside(Unit* unit);
  boost::asio::awaitable<Answer> RunAlone(Unit* unit);
  // Where the step may modify too many rows: what makes it fail then.
  boost::asio::awaitable<absl::optional<Wrapping>> LimitRows(const Unit& unit);
  boost::asio::awaitable<Answer> RunInside(Unit* unit);
  // The rows that a statement modified, by its tag or, where that tells but
  // part of them, by the server's count since StartCountCommand().
  boost::asio::awaitable<int64_t> CountRows(const Unit& unit,
                                            const Answer& answer);
  boost::asio::awaitable<bool> TagTellsRows(const StatementRef& statement);
  boost::asio::awaitable<Answer> RunStatement(Unit* unit);
  boost::asio::awaitable<Answer> RunCommit(Unit* unit);
  // The error of a COMMIT that must fail.
  boost::asio::awaitable<absl::optional<v1::SqlErrorDetail>> CheckCommit();
  boost::asio::awaitable<Answer> FailCommit(const Unit& unit,
                                            const v1::SqlErrorDetail& error);
  boost::asio::awaitable<void> RunHook();

  // What a statement is refused with, by the transaction's state.
  absl::optional<v1::SqlErrorDetail> FindError(const Step& step) const;
  absl::optional<v1::SqlErrorDetail> FindSchemaError(const Step& step) const;
  // Answers `error` to a step, and makes the server's transaction fail.
  boost::asio::awaitable<Answer> Refuse(const Unit& unit,
                                        const v1::SqlErrorDetail& error);
  Answer Conflict(Answer answer);

  // One try, on the server, in whatever place the transaction is.
  boost::asio::awaitable<Answer> Attempt(Unit* unit, absl::string_view prefix);
  boost::asio::awaitable<Answer> Exchange(const Step& step, Unit* unit,
                                          absl::string_view prefix);
  boost::asio::awaitable<void> PassMessages(const Step& step, Unit* unit,
                                            Answer* answer);
  // Runs commands of the gateway. Returns the answer, which may be an error.
  boost::asio::awaitable<std::string> Command(std::string first,
                                              bool after_error = false,
                                              std::string second = "");
  boost::asio::awaitable<std::string> CommandBytes(std::string request,
                                                   bool after_error);
  boost::asio::awaitable<std::string> ReadUntilReady();
  boost::asio::awaitable<void> RollBackToSavepoint(bool after_error);

  boost::asio::awaitable<Replayed> Replay();
  boost::asio::awaitable<Replayed> ReplayOnce();
  // The transaction lost while it ran `unit`: on in the private copy.
  boost::asio::awaitable<Answer> Lose(Unit* unit);
  boost::asio::awaitable<bool> GoPrivate(const Writes& writes);
  boost::asio::awaitable<bool> CopyTables(const Writes& writes);
  boost::asio::awaitable<bool> SeesViolation(const Writes& writes);
  boost::asio::awaitable<Writes> WithKeys(Writes writes);
  boost::asio::awaitable<void> CloseNamed(const Step& step);

  void Begin();
  void End();
  void TakeSnapshot();
  void Record(const Unit& unit, const Answer& answer);
  bool was_interrupted(const Answer& answer) const;

  const std::shared_ptr<Coordinator> coordinator_;
  ServerLink* const server_;
  Clock* const clock_;
  const TransactionOptions& options_;
  const std::shared_ptr<TransactionControls> controls_;
  boost::asio::thread_pool* const workers_;
  const std::function<boost::asio::awaitable<std::string>(std::string)>
      copy_in_;

  bool busy_ = false;
  // Cancelled when busy_ ends.
  boost::asio::steady_timer released_;

  // The catalog that the session knows.
  uint64_t session_version_;

  // Of the current transaction block, and of a lone statement while it runs.
  bool explicit_ = false;
  bool failed_ = false;
  bool has_snapshot_ = false;
  bool has_savepoint_ = false;
  bool parked_ = false;
  bool private_ = false;
  bool doomed_ = false;
  bool interrupted_ = false;
  int cancelling_ = 0;
  bool changes_schema_ = false;
  bool did_ddl_ = false;
  absl::optional<v1::SqlErrorDetail> aborted_with_;
  uint64_t age_order_ = 0;
  uint64_t snapshot_ = 0;
  uint64_t version_ = 0;
  absl::Time began_;
  int64_t rows_ = 0;
  Writes writes_;
  TransactionLog log_;
  sql::RelationNames copied_;
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_H_
