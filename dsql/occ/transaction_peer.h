// SPDX-License-Identifier: Apache-2.0

// A session's transaction, as the coordinator of its database sees it.

#ifndef DSQL_OCC_TRANSACTION_PEER_H_
#define DSQL_OCC_TRANSACTION_PEER_H_

#include <cstdint>
#include <memory>

#include "boost/asio/awaitable.hpp"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// Used on the gateway's thread alone. Coroutines throw nothing.
class TransactionPeer {
 public:
  virtual ~TransactionPeer() = default;

  virtual int32_t server_pid() const = 0;
  // Its connection to the server is in use: a statement runs.
  virtual bool busy() const = 0;
  // What runs changes a schema.
  virtual bool changes_schema() const = 0;
  // The larger, the younger.
  virtual uint64_t age_order() const = 0;

  // busy(): what runs may be cancelled where it waits for another transaction,
  // and goes on without what that has. Others have to be let through: they are
  // about to commit.
  virtual bool yields() const = 0;

  // Not busy(), and what it has locked can be given up for now.
  virtual bool can_park() const = 0;
  virtual boost::asio::awaitable<void> Park() = 0;
  // It has no rows locked that its savepoint does not guard: who waits for it
  // all the same does so in vain.
  virtual bool has_no_rows() const = 0;
  // How often what runs was interrupted.
  virtual int interruptions() const = 0;
  // Not busy(), and in a transaction, which ends: its client is told `error`.
  virtual bool can_abort() const = 0;
  virtual boost::asio::awaitable<void> Abort(
      const v1::SqlErrorDetail& error) = 0;
  // busy(): from now on, until this is gone, a cancel of what runs is meant as
  // an interruption, and nothing else is sent.
  virtual std::shared_ptr<void> BeginInterruption() = 0;
};

}  // namespace dsql

#endif  // DSQL_OCC_TRANSACTION_PEER_H_
