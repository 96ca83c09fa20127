// SPDX-License-Identifier: Apache-2.0

// Connections that are used again. For PostgresStorage.

#ifndef DSQL_STORAGE_POSTGRES_CONNECTION_POOL_H_
#define DSQL_STORAGE_POSTGRES_CONNECTION_POOL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "dsql/postgres/connection.h"

namespace dsql {

// Whether `status` is an answer of the server that leaves the connection as it
// was; false of a connection that broke, also where the server said that it
// ends it.
bool IsAnswer(const absl::Status& status);

// Whether a transaction lost against others and may be run again: 40001, DSQL's
// OC000 and OC001, 40P01, and 23505 of two that made the same key.
bool HasLost(const absl::Status& status);

// Thread-safety: safe.
class ConnectionPool {
 public:
  // `conninfo` is called for each new connection.
  ConnectionPool(std::function<absl::StatusOr<std::string>()> conninfo,
                 int max_connections, absl::Duration timeout);

  // Calls `use` with a connection that is in no transaction and nobody else's,
  // and returns what it returns. `use` ends the transactions that it begins. A
  // connection that broke is not used again.
  //
  // Errors: DeadlineExceeded where no connection gets free; those of
  //   postgres::Connection.
  absl::Status Use(absl::FunctionRef<absl::Status(postgres::Connection&)> use);

  // As Use(), for what may be begun again from nothing: where an idle
  // connection turns out to be broken, once more with a new one.
  absl::Status UseAgain(
      absl::FunctionRef<absl::Status(postgres::Connection&)> use);

 private:
  using ConnectionPtr = std::unique_ptr<postgres::Connection>;

  // Counts one that is at work; null where a new one is to be opened.
  absl::StatusOr<ConnectionPtr> Take();
  void GiveBack(ConnectionPtr connection);
  absl::StatusOr<ConnectionPtr> Connect() const;
  void DropIdle();

  const std::function<absl::StatusOr<std::string>()> conninfo_;
  const int max_connections_;
  const absl::Duration timeout_;
  absl::Mutex mutex_;
  int at_work_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<ConnectionPtr> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_STORAGE_POSTGRES_CONNECTION_POOL_H_
