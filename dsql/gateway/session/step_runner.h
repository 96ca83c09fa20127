// SPDX-License-Identifier: Apache-2.0

// Who runs the steps of a session.

#ifndef DSQL_GATEWAY_SESSION_STEP_RUNNER_H_
#define DSQL_GATEWAY_SESSION_STEP_RUNNER_H_

#include <memory>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/thread_pool.hpp"
#include "dsql/base/clock.h"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/session/conversation.h"
#include "dsql/gateway/session/step.h"

namespace dsql {

// Implementations run a step on the session's server and answer the client.
// Used on the gateway's thread alone; coroutines throw what the streams throw.
class StepRunner {
 public:
  virtual ~StepRunner() = default;

  virtual boost::asio::awaitable<void> Run(const Step& step) = 0;

  // The client does not see the answer of the next step.
  virtual void Mute() = 0;

  // Whether the last step committed something that submitted jobs.
  virtual bool TakeSubmittedJobs() = 0;
  // Jobs run while what it returns lives: connections that are no sessions may
  // have to wait for transactions. The runner outlives it.
  virtual std::shared_ptr<void> JobsRun() { return nullptr; }

  // The session ends. When this returns nobody uses its connections any more.
  virtual boost::asio::awaitable<void> Finish() { co_return; }
};

// What a runner works with. Not owned; `owner` keeps all of it alive.
struct StepRunnerContext {
  boost::asio::any_io_executor executor;
  Conversation* conversation = nullptr;
  ClientStream* client = nullptr;
  // A longer message of the client ends its connection.
  size_t max_message_size = 0;
  Clock* clock = nullptr;
  std::weak_ptr<void> owner;
};

// Makes the runners of an endpoint's sessions. Used on the gateway's thread.
class StepRunnerFactory {
 public:
  virtual ~StepRunnerFactory() = default;
  // REQUIRES: the conversation's link is open.
  virtual std::unique_ptr<StepRunner> Make(
      const StepRunnerContext& context) = 0;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STEP_RUNNER_H_
