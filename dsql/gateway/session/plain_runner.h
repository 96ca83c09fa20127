// SPDX-License-Identifier: Apache-2.0

// Steps where transactions are PostgreSQL's own.

#ifndef DSQL_GATEWAY_SESSION_PLAIN_RUNNER_H_
#define DSQL_GATEWAY_SESSION_PLAIN_RUNNER_H_

#include <utility>

#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/session/step.h"
#include "dsql/gateway/session/step_runner.h"

namespace dsql {

// Hands steps on as they are.
class PlainRunner final : public StepRunner {
 public:
  explicit PlainRunner(StepRunnerContext context)
      : context_(std::move(context)) {}

  boost::asio::awaitable<void> Run(const Step& step) override;
  void Mute() override { muted_ = true; }
  bool TakeSubmittedJobs() override;

 private:
  boost::asio::awaitable<void> RelayCopyIn(bool extended);

  const StepRunnerContext context_;
  bool muted_ = false;
  bool submitted_ = false;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_PLAIN_RUNNER_H_
