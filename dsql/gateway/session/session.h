// SPDX-License-Identifier: Apache-2.0

// One client's connection, from accept to the end.

#ifndef DSQL_GATEWAY_SESSION_SESSION_H_
#define DSQL_GATEWAY_SESSION_SESSION_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/login/connection_quota.h"
#include "dsql/gateway/session/cancel_registry.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/conversation.h"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/entrance.h"
#include "dsql/gateway/session/grant_check.h"
#include "dsql/gateway/session/session_set.h"
#include "dsql/gateway/session/statement_recorder.h"
#include "dsql/gateway/session/step.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/gateway/session/step_faults.h"
#include "dsql/gateway/session/step_runner.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

// Sequential, as a PostgreSQL backend is: reads messages up to a Query, Sync or
// Flush, has the step run and answered, reads on.
//
// Used on the gateway's thread alone.
class Session : public OpenSession,
                public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Entrance> entrance, ClientStream::Socket client);

  // Runs until either side ends. Throws nothing.
  boost::asio::awaitable<void> Run();

  void Close() override;
  void End() override;
  void Watch() override;

 private:
  boost::asio::awaitable<void> Serve();
  // False where the connection was only a CancelRequest.
  boost::asio::awaitable<bool> Open();
  // The last message that the client gets, if any.
  boost::asio::awaitable<void> Tell(std::string farewell);
  // For its next message or its COPY data: the server has nothing to do.
  bool AwaitsClient() const;
  // Tells it to a client that is waited for, and makes Run() end.
  void EndIdle(std::string farewell);

  // What a client may send. What it may not ends the session, when what came
  // before is answered.
  boost::asio::awaitable<pgwire::Message> ReadMessage();
  // False after Terminate.
  boost::asio::awaitable<bool> HandleMessage();
  boost::asio::awaitable<void> HandleQuery(const pgwire::Message& message);
  // From a message of the extended protocol on, which has come.
  boost::asio::awaitable<void> HandleExtended();
  // Takes what of the extended protocol has come: a step where there is a Sync
  // or Flush, or a part of one that is large.
  enum class Gathered { kMoreToCome, kFull, kStep };
  Gathered Gather();
  // Hands on what of the extended protocol has been gathered.
  boost::asio::awaitable<void> FinishBatch();

  // The client's request, which may come at any time.
  boost::asio::awaitable<void> Cancel();
  void RecordStatements();
  // Runs a step and answers it.
  boost::asio::awaitable<void> RunStep(const Step& step);
  boost::asio::awaitable<void> Suffer(ConnectionFaults::Verdict verdict);
  boost::asio::awaitable<void> RunJobs();

  absl::Status CheckLife() const;
  // A block, or what the extended protocol has begun and no Sync has ended.
  bool in_transaction() const;
  // Whether one of EndpointState::session_ends has come since it was opened.
  bool IsOver(absl::Time now) const;

  const std::shared_ptr<Entrance> entrance_;
  // The cluster's; null until it is known.
  std::shared_ptr<EndpointState> endpoint_;
  ClientStream client_;
  Conversation conversation_;
  StepBuilder builder_;
  StepFaults step_faults_;
  std::unique_ptr<StepRunner> runner_;
  // Where the cluster has a log.
  absl::optional<StatementRecorder> recorder_;
  // Of the server's link, when Watch() was called last.
  uint64_t written_before_ = 0;
  // How many calls in a row have found the client's side ended.
  int stuck_for_ = 0;
  boost::asio::steady_timer login_timer_;
  // A step has begun and is not yet with the runner.
  bool held_up_ = false;
  absl::Time opened_;
  // Of endpoint_.
  absl::optional<GrantCheck> grant_;
  // Not OK after End().
  absl::Status over_;
  // The client has been told why, or is being told.
  bool told_ = false;
  ConnectionQuota::Admission admission_;
  CancelRegistry::Registration cancels_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_SESSION_H_
