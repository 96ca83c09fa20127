// SPDX-License-Identifier: Apache-2.0

// Optimistic transactions for the sessions of a gateway.

#ifndef DSQL_OCC_OPTIMISTIC_TRANSACTIONS_H_
#define DSQL_OCC_OPTIMISTIC_TRANSACTIONS_H_

#include <memory>

#include "dsql/base/clock.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/occ/transaction_options.h"

namespace dsql {

class StepRunnerFactory;

// What the endpoints of one gateway share: who wins is decided by database, and
// the two clusters of a pair are one. Must outlive the gateway.
class OptimisticTransactions {
 public:
  // `clock` is not owned.
  OptimisticTransactions(TransactionOptions options, Clock* clock);
  ~OptimisticTransactions();

  // For Gateway::EndpointOptions::runners.
  std::shared_ptr<StepRunnerFactory> Runners(
      std::shared_ptr<TransactionControls> controls);

  // Something that is no session has changed the catalog behind an endpoint
  // with these `controls`. On the gateway's thread.
  void ChangeCatalog(const TransactionControls* controls);

 private:
  struct Shared;
  class Factory;

  const std::shared_ptr<Shared> shared_;
};

}  // namespace dsql

#endif  // DSQL_OCC_OPTIMISTIC_TRANSACTIONS_H_
