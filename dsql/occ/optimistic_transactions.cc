// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/optimistic_transactions.h"

#include <map>
#include <utility>

#include "dsql/gateway/session/step_runner.h"
#include "dsql/occ/coordinator_registry.h"
#include "dsql/occ/optimistic_runner.h"
#include "dsql/occ/transaction.h"

namespace dsql {

struct OptimisticTransactions::Shared {
  TransactionOptions options;
  Clock* clock;
  // Of the gateway's thread.
  CoordinatorRegistry coordinators;
  // By the controls of endpoints.
  std::map<const TransactionControls*, std::weak_ptr<Coordinator>> by_endpoint;
};

class OptimisticTransactions::Factory final : public StepRunnerFactory {
 public:
  Factory(std::shared_ptr<Shared> shared,
          std::shared_ptr<TransactionControls> controls)
      : shared_(std::move(shared)), controls_(std::move(controls)) {}

  std::unique_ptr<StepRunner> Make(const StepRunnerContext& context) override {
    std::shared_ptr<Coordinator> coordinator = shared_->coordinators.Get(
        context.executor, context.conversation->link(), shared_->clock);
    EraseExpired(&shared_->by_endpoint);
    shared_->by_endpoint[controls_.get()] = coordinator;
    return std::make_unique<OptimisticRunner>(
        context, std::make_unique<Transaction>(context, std::move(coordinator),
                                               controls_, &shared_->options));
  }

 private:
  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<TransactionControls> controls_;
};

OptimisticTransactions::OptimisticTransactions(TransactionOptions options,
                                               Clock* clock)
    : shared_(std::make_shared<Shared>()) {
  shared_->options = options;
  shared_->clock = clock;
}

OptimisticTransactions::~OptimisticTransactions() = default;

std::shared_ptr<StepRunnerFactory> OptimisticTransactions::Runners(
    std::shared_ptr<TransactionControls> controls) {
  return std::make_shared<Factory>(shared_, std::move(controls));
}

void OptimisticTransactions::ChangeCatalog(
    const TransactionControls* controls) {
  const auto found = shared_->by_endpoint.find(controls);
  if (found == shared_->by_endpoint.end()) return;
  const std::shared_ptr<Coordinator> coordinator = found->second.lock();
  if (coordinator != nullptr) coordinator->ChangeCatalog();
}

}  // namespace dsql
