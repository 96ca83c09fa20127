// One client's connection, from accept to the end.

#ifndef DSQL_GATEWAY_SESSION_SESSION_H_
#define DSQL_GATEWAY_SESSION_SESSION_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/login/connection_quota.h"
#include "dsql/gateway/session/cancel_registry.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/conversation.h"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/step.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/gateway/session/step_runner.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

// Sequential, as a PostgreSQL backend is: reads messages up to a Query, Sync or
// Flush, has the step run and answered, reads on.
//
// Used on the gateway's thread alone.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<EndpointState> endpoint, ClientStream::Socket client);

  // Runs until either side ends. Throws nothing.
  boost::asio::awaitable<void> Run();

  // Ends it; safe at any time.
  void Close();
  // Called every now and then: ends it where the server works for nobody any
  // more, or has ended itself.
  void Watch();

 private:
  boost::asio::awaitable<void> Serve();
  // False where the connection was only a CancelRequest.
  boost::asio::awaitable<bool> Open();
  boost::asio::awaitable<void> Tell(const absl::Status& status);
  // What the server said before it ended.
  boost::asio::awaitable<void> TellFarewell();

  // False after Terminate.
  boost::asio::awaitable<bool> HandleMessage();
  boost::asio::awaitable<pgwire::Message> NextMessage();
  boost::asio::awaitable<void> HandleQuery(const pgwire::Message& message);
  boost::asio::awaitable<void> HandleExtended(const pgwire::Message& message);
  // Hands on what of the extended protocol has been gathered.
  boost::asio::awaitable<void> FinishBatch();

  // Runs a step and answers it.
  boost::asio::awaitable<void> RunStep(const Step& step);
  // What a test wants to go wrong with the step, before and after it.
  ConnectionFaults::Verdict FaultsOf(const Step& step) const;
  boost::asio::awaitable<void> Suffer(ConnectionFaults::Verdict verdict);
  boost::asio::awaitable<void> RunJobs();

  absl::Status CheckLife() const;

  const std::shared_ptr<EndpointState> endpoint_;
  ClientStream client_;
  Conversation conversation_;
  StepBuilder builder_;
  std::unique_ptr<StepRunner> runner_;
  // Of the server's link, when Watch() was called last.
  uint64_t written_before_ = 0;
  boost::asio::steady_timer login_timer_;
  absl::Time opened_;
  // Between steps: nothing is to be heard from the server.
  bool idle_ = false;
  ConnectionQuota::Admission admission_;
  CancelRegistry::Registration cancels_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_SESSION_H_
