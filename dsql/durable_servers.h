// SPDX-License-Identifier: Apache-2.0

// Servers whose rows are in a directory, and stay there.

#ifndef DSQL_DURABLE_SERVERS_H_
#define DSQL_DURABLE_SERVERS_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/database_servers.h"
#include "dsql/postgres/data_snapshot.h"
#include "dsql/postgres/durable_data.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/sealed/key_wrapper.h"
#include "dsql/sealed/sealed_database.h"

namespace dsql {

// Which databases are encrypted at rest, and by what.
struct Encryption {
  // The customer-managed keys of the clusters that share a database; none: it
  // is kept in the plain. Null: all are.
  std::function<absl::StatusOr<std::vector<sealed::ClusterKey>>(
      const std::string& database_id)>
      find_keys;
  // Outlives the servers.
  std::shared_ptr<sealed::KeyWrapper> wrapper;
};

// A DurableData for each database, by its id, in one directory. A server is
// started when it is asked for, and stopped when its lease is released. A
// database whose clusters have got, or lost, a customer-managed key is sealed,
// or put back into the plain, when it is opened.
class DurableServers final : public DatabaseServers {
 public:
  // `directory` is made in one that is there. Only its owner may enter either,
  // unless servers run as another user, who passes through both.
  DurableServers(std::string directory, postgres::ServerPoolOptions options,
                 Encryption encryption);

  absl::StatusOr<postgres::Lease> Open(const std::string& database_id) override;
  absl::StatusOr<postgres::Lease> Restore(
      const std::string& database_id,
      std::shared_ptr<postgres::DataSnapshot> snapshot,
      postgres::Lease* present, absl::FunctionRef<void()> end_use) override;
  bool HasRows(const std::string& database_id) override;
  // Each restore copies the snapshot: nothing can be ready.
  void Expect(postgres::DataSnapshot* /*snapshot*/) override {}
  absl::Status Remove(const std::string& database_id) override;
  absl::Status TakeOverKeys(const std::string& database_id) override;
  bool durable() const override { return true; }
  const postgres::ServerPoolOptions& options() const override {
    return options_;
  }

  // Gives the databases up: others may have them. No server is open, and
  // nothing is asked for any more.
  void Close();

  // Removes what clusters have left whose deletion a process did not survive.
  // Before anything is opened.
  //
  // Errors: those of the disk.
  absl::Status RemoveAllBut(const std::set<std::string>& database_ids);

 private:
  // Kept until the database is removed: it holds the lock.
  absl::StatusOr<std::shared_ptr<postgres::DurableData>> GetData(
      const std::string& database_id);
  absl::StatusOr<postgres::Lease> Start(const std::string& database_id,
                                        postgres::DurableData* data);
  // Has `data` be as the keys of its database want it; true: sealed.
  absl::StatusOr<bool> Convert(const postgres::PostgresServer::Host& host,
                               const std::string& database_id,
                               postgres::DurableData* data);
  absl::StatusOr<bool> IsToBeSealed(const std::string& database_id) const;
  absl::Status Stage(const postgres::PostgresServer::Host& host,
                     const std::string& database_id,
                     const postgres::DataSnapshot& snapshot,
                     postgres::DurableData* data);
  sealed::SealingKeys KeysOf(const std::string& database_id) const;
  // What is found out once, when the directory is made.
  absl::StatusOr<postgres::PostgresServer::Host> GetHost();
  absl::Status MakeDirectory() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string PathOf(const std::string& database_id) const;

  const std::string directory_;
  const postgres::ServerPoolOptions options_;
  const Encryption encryption_;
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Set once the directory is made.
  absl::optional<postgres::PostgresServer::Host> host_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<postgres::DurableData>> data_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_DURABLE_SERVERS_H_
