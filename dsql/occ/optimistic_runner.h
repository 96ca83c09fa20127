// SPDX-License-Identifier: Apache-2.0

// Steps where transactions are optimistic.

#ifndef DSQL_OCC_OPTIMISTIC_RUNNER_H_
#define DSQL_OCC_OPTIMISTIC_RUNNER_H_

#include <memory>
#include <string>
#include <vector>

#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/session/step_runner.h"
#include "dsql/occ/key_catalog.h"
#include "dsql/occ/transaction.h"

namespace dsql {

// Streams steps that only read, and has the session's transaction run the
// others unit by unit.
class OptimisticRunner final : public StepRunner {
 public:
  // `transaction` is that of the session.
  OptimisticRunner(const StepRunnerContext& context,
                   std::unique_ptr<Transaction> transaction)
      : context_(context), transaction_(std::move(transaction)) {}

  boost::asio::awaitable<void> Run(const Step& step) override;
  void Mute() override { muted_ = true; }
  bool TakeSubmittedJobs() override {
    return transaction_->TakeSubmittedJobs();
  }
  std::shared_ptr<void> JobsRun() override;
  boost::asio::awaitable<void> Finish() override;

 private:
  bool NeedsKeys(const Step& step) const;
  // Whether the server's answer may go to the client as it comes. `keys` may be
  // null where the step does not need them.
  bool MayStream(const Step& step, const KeyCatalog* keys) const;
  boost::asio::awaitable<void> Stream(const Step& step);
  boost::asio::awaitable<void> RunUnits(const Step& step);
  boost::asio::awaitable<Answer> RunUnit(const Unit& unit, bool lone);
  boost::asio::awaitable<Answer> RunFirst(const Unit& unit, bool lone);
  // Gets the data of a COPY FROM from the client, and runs it again.
  boost::asio::awaitable<Answer> Copy(const Unit& unit, Answer asked);
  // Whether a lone statement can only be a small one.
  boost::asio::awaitable<bool> IsBounded(const Unit& unit);
  // A Sync of the client ends the step, or it is a Query.
  bool until_ready(const Step& step) const;
  // What follows the last unit where that failed, a transaction that is no
  // block of the client's has to end, or something is left on the server.
  boost::asio::awaitable<void> End(const Step& step, bool failed);
  void TellReady(const Step& step, bool failed);

  const StepRunnerContext context_;
  const std::unique_ptr<Transaction> transaction_;
  bool muted_ = false;
  // For the client, when the server is idle again.
  std::string output_;
  // Of a COPY by the extended protocol: the Sync of the step belonged to it.
  bool sync_is_used_ = false;
  // In the implicit transaction nothing was executed yet.
  bool only_bound_ = false;
};

}  // namespace dsql

#endif  // DSQL_OCC_OPTIMISTIC_RUNNER_H_
