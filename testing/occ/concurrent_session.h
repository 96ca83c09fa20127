// SPDX-License-Identifier: Apache-2.0

// One of the sessions of a concurrent history: it sends what its planner
// chooses, and writes down what it is told.

#ifndef TESTING_OCC_CONCURRENT_SESSION_H_
#define TESTING_OCC_CONCURRENT_SESSION_H_

#include <deque>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/pgwire/framing.h"
#include "testing/occ/concurrent_command.h"
#include "testing/occ/concurrent_habits.h"
#include "testing/occ/concurrent_log.h"
#include "testing/occ/concurrent_options.h"
#include "testing/occ/concurrent_planner.h"
#include "testing/occ/concurrent_socket.h"
#include "testing/occ/concurrent_transaction.h"

namespace dsql_testing {

// Never waits: whoever owns it polls fd(). Thread-compatible.
class ConcurrentSession {
 public:
  // `options` and `habits` must outlive it.
  ConcurrentSession(const ConcurrentOptions& options,
                    const DriverHabits& habits, int number);

  ConcurrentPlanner& planner() { return planner_; }
  // What it is told from now on is written there; not owned.
  void set_log(ConcurrentLog* log) { log_ = log; }
  // No transaction is open, and the planner had nothing more.
  bool finished() const { return finished_; }
  void Resume() { finished_ = false; }

  int fd() const { return socket_->fd(); }
  bool wants_to_write() const { return socket_->wants_to_write(); }
  // When it acts if nothing is heard; kNever where it waits for an answer.
  Moment next_act() const;
  // When an answer is overdue; kNever where none is expected.
  Moment overdue_at() const;

  // Opens the connection.
  absl::Status Connect();
  // Sends the next batch, if it is time.
  void Act(Moment now);
  void Write() { socket_->Write(); }
  void Read(Moment now);
  // Writes down that an answer did not come.
  void TellOverdue();

 private:
  void Send(ConcurrentBatch batch, Moment now);
  void Encode(const ConcurrentBatch& batch);
  void NameStatements(ConcurrentBatch* batch);
  SessionPlace place() const;

  void OnMessage(const dsql::pgwire::Message& message, Moment now);
  void OnRow(absl::string_view body);
  void OnComplete(Moment now);
  void OnError(absl::string_view body, Moment now);
  void OnReady(char status, Moment now);
  // The client leaves, and comes back.
  void Leave(Moment now);

  template <typename... Parts>
  void Trace(Moment now, const Parts&... parts);
  void Violate(const std::string& what);

  const ConcurrentOptions& options_;
  const DriverHabits& habits_;
  const std::string name_;
  ConcurrentPlanner planner_;
  ConcurrentLog* log_ = nullptr;
  absl::optional<ConcurrentSocket> socket_;
  StatementNames names_;
  ConcurrentTransaction transaction_;

  bool logged_in_ = false;
  bool finished_ = false;
  // Commands that are sent and not answered.
  std::deque<ConcurrentCommand> pending_;
  // A Flush was sent, no Sync yet; something failed since.
  bool unsynced_ = false;
  bool skipping_ = false;
  absl::optional<int> leaves_after_;
  Moment sent_ = 0;
  Moment pause_until_ = 0;
};

// Of the monotonic clock.
Moment MonotonicNow();

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_SESSION_H_
