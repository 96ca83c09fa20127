// The data plane over PostgreSQL: an endpoint for each cluster, and behind it a
// server that starts with the first connection.

#ifndef DSQL_POSTGRES_DATA_PLANE_H_
#define DSQL_POSTGRES_DATA_PLANE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/cluster_access.h"
#include "dsql/control/control_plane.h"
#include "dsql/control/data_plane.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/gateway/gateway.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/gateway_options.h"
#include "dsql/iam/credentials.h"
#include "dsql/jobs/job_runner.h"
#include "dsql/net/certificate_authority.h"
#include "dsql/occ/optimistic_transactions.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/server_pool.h"

namespace dsql {

// Thread-safe.
class PostgresDataPlane final : public DataPlane {
 public:
  // What a connection has to know of its cluster; see
  // ControlPlane::GetClusterState().
  using FindCluster = std::function<absl::StatusOr<ControlPlane::ClusterState>(
      absl::string_view region, absl::string_view cluster_identifier)>;

  // Makes a cluster ACTIVE that nobody had used for long.
  using WakeCluster = std::function<absl::Status(
      absl::string_view region, absl::string_view cluster_identifier)>;

  // The resource policy of a cluster; empty where it has none.
  using FindPolicy = std::function<absl::StatusOr<std::string>(
      absl::string_view region, absl::string_view cluster_identifier)>;

  struct Options {
    std::shared_ptr<postgres::ServerPool> pool;
    FindCluster find_cluster;
    WakeCluster wake_cluster;
    FindPolicy find_policy;
    std::string account_id;
    // Not owned.
    const CredentialStore* credentials = nullptr;
    FakeDsqlOptions::Gateway endpoints;
    GatewayOptions gateway;
    TransactionOptions transactions;
    // Whether servers have dsql/server_schema: asynchronous DDL and its jobs.
    bool has_jobs = true;
  };

  explicit PostgresDataPlane(Options options);
  ~PostgresDataPlane() override;

  // "127.x.y.z" where its port is 5432 and the options want it so, else
  // "127.0.0.1:<port>".
  absl::StatusOr<std::string> Endpoint(
      absl::string_view region, absl::string_view cluster_identifier) override;
  void Close(absl::string_view region,
             absl::string_view cluster_identifier) override;

  // Makes sure that the cluster's server runs, and returns how to connect to it
  // through the cluster's endpoint: without a password where tokens are asked
  // for.
  //
  // Errors: as OpenServer(), and Unavailable where no port can be opened.
  absl::StatusOr<postgres::ConnectionParameters> Connection(
      absl::string_view region, absl::string_view cluster_identifier);

  // What goes wrong with connections to a cluster. Lives as long as this.
  ConnectionFaults& faults(absl::string_view region,
                           absl::string_view cluster_identifier);

  // What clients verify endpoints by; see CertificateAuthority.
  absl::StatusOr<std::string> CertificateFile();

  // The jobs of a cluster, whose server is started if need be.
  //
  // Errors: as OpenServer(); FailedPrecondition where it has none.
  absl::StatusOr<std::shared_ptr<JobRunner>> Jobs(
      absl::string_view region, absl::string_view cluster_identifier);

  // Of a cluster, whether it has an endpoint yet or not.
  std::shared_ptr<TransactionControls> Transactions(
      absl::string_view region, absl::string_view cluster_identifier);

  // Ends every endpoint and gives the servers back. Idempotent.
  void Stop();

 private:
  // The rows of one cluster, or of the two of a multi-Region pair.
  struct Database {
    ~Database();

    absl::Mutex mutex;
    postgres::Lease lease ABSL_GUARDED_BY(mutex);
    // Ends before the lease does.
    std::shared_ptr<JobRunner> jobs ABSL_GUARDED_BY(mutex);
  };

  struct Address {
    std::string host;
    int port = 0;
  };

  std::shared_ptr<TransactionControls> TransactionsOf(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Address> GetAddress(const std::string& region,
                                     const std::string& cluster_identifier);
  absl::StatusOr<Address> Listen(const std::string& region,
                                 const std::string& cluster_identifier)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<ConnectionFaults> FaultsOf(const std::string& cluster)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<CertificateAuthority*> GetAuthority()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<ssl_ctx_st>> ServerTls(
      const std::vector<std::string>& hosts);
  absl::optional<TokenAuthenticator::Options> TokensOf(
      const std::string& region, const std::string& cluster_identifier,
      const Address& address) const;

  // Makes sure that the cluster's server runs, and returns how to connect to
  // it.
  //
  // Errors: ResourceNotFoundException; a SqlError() while the cluster's status
  //   admits no connections; those of ServerPool::Acquire(); Unavailable where
  //   the server has died, as its data is lost.
  absl::StatusOr<ClusterAccess::Server> OpenServer(
      const std::string& region, const std::string& cluster_identifier);

  // The id of the cluster's database, if it may be connected to.
  absl::StatusOr<std::string> DatabaseId(const std::string& region,
                                         const std::string& cluster_identifier);
  absl::StatusOr<std::shared_ptr<Database>> GetDatabase(
      const std::string& cluster, const std::string& database_id);
  absl::StatusOr<ClusterAccess::Server> Lease(const std::string& database_id,
                                              Database* database);
  // Jobs have ended, so that transactions that began before conflict with
  // another catalog. Called by the thread of the database's jobs, which
  // ~Database() waits for: takes no Database's mutex.
  void NotifyCatalogChanged(const std::string& database_id);

  const Options options_;
  absl::Mutex mutex_;
  // Made with the first endpoint, because it has threads.
  std::unique_ptr<Gateway> gateway_ ABSL_GUARDED_BY(mutex_);
  // Null where transactions are PostgreSQL's. Outlives the gateway.
  std::unique_ptr<OptimisticTransactions> optimistic_;
  std::unique_ptr<CertificateAuthority> authority_ ABSL_GUARDED_BY(mutex_);
  // By the cluster's name, and kept.
  std::map<std::string, std::shared_ptr<TransactionControls>> transactions_
      ABSL_GUARDED_BY(mutex_);
  // Of each endpoint, by the cluster's name.
  std::map<std::string, Address> addresses_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<ConnectionFaults>> faults_
      ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::shared_ptr<Database>> databases_
      ABSL_GUARDED_BY(mutex_);
  // The id of each cluster's database, once it has been connected to.
  std::map<std::string, std::string> database_ids_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_POSTGRES_DATA_PLANE_H_
