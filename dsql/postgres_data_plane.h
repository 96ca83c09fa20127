// SPDX-License-Identifier: Apache-2.0

// The data plane over PostgreSQL: an endpoint for each cluster, and behind it a
// server that starts with the first connection.

#ifndef DSQL_POSTGRES_DATA_PLANE_H_
#define DSQL_POSTGRES_DATA_PLANE_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/cluster_access.h"
#include "dsql/cluster_watch.h"
#include "dsql/control/control_plane.h"
#include "dsql/control/data_plane.h"
#include "dsql/database_servers.h"
#include "dsql/endpoint_addresses.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/gateway/gateway.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/login/revocations.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/gateway_options.h"
#include "dsql/gateway/session/sql_log.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/policy_resource.h"
#include "dsql/jobs/job_runner.h"
#include "dsql/net/certificate_authority.h"
#include "dsql/net/loopback_listener.h"
#include "dsql/occ/optimistic_transactions.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/data_snapshot.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/storage/storage.h"

namespace dsql {

// PostgresDataPlane keeps an endpoint for each cluster and a database for each
// that was connected to. Thread-safe.
class PostgresDataPlane final : public DataPlane {
 public:
  // What a connection has to know of its cluster; see
  // ControlPlane::GetClusterState().
  using FindCluster = std::function<absl::StatusOr<ControlPlane::ClusterState>(
      absl::string_view region, absl::string_view cluster_identifier)>;

  // Makes a cluster ACTIVE that nobody had used for long.
  using WakeCluster = std::function<absl::Status(
      absl::string_view region, absl::string_view cluster_identifier)>;

  // What policies may ask about a cluster.
  using FindResource = std::function<absl::StatusOr<PolicyResource>(
      absl::string_view region, absl::string_view cluster_identifier)>;

  struct Options {
    std::shared_ptr<DatabaseServers> servers;
    FindCluster find_cluster;
    WakeCluster wake_cluster;
    FindResource find_resource;
    // For clusters that another process deletes; its `close` is Close().
    ClusterWatch::Options watch;
    std::string account_id;
    // Where the CA of the endpoints is kept; empty: in memory.
    std::string certificates;
    // Where endpoints are that come back. Null: those that a process has are
    // its own. Not owned, as the next two.
    Storage* addresses = nullptr;
    const CredentialStore* credentials = nullptr;
    Clock* signature_clock = nullptr;
    FakeDsqlOptions::Gateway endpoints;
    GatewayOptions gateway;
    TransactionOptions transactions;
    bool sql_log = false;
    std::function<void(absl::string_view line)> log;
    // Whether servers have dsql/server_schema: asynchronous DDL and its jobs.
    bool has_jobs = true;
    // What change streams have to know. A database has a server, to be
    // connected to as its superuser, until what is returned is destroyed.
    std::function<std::shared_ptr<void>(
        const std::string& database_id,
        const postgres::ConnectionParameters& server)>
        attach_streams;
    // Somebody is about to use a cluster.
    std::function<void(absl::string_view region,
                       absl::string_view cluster_identifier)>
        learn_streams;
    // See DataPlane::StreamsChanged().
    std::function<void(absl::string_view region,
                       absl::string_view cluster_identifier)>
        streams_changed;
  };

  explicit PostgresDataPlane(Options options);
  ~PostgresDataPlane() override;

  // "127.x.y.z" where its port is 5432 and the options want it so, else
  // "127.0.0.1:<port>", or always its name on AWS, as the options say. Of a
  // cluster that was closed: where it was, and nothing listens there.
  absl::StatusOr<std::string> Endpoint(
      absl::string_view region, absl::string_view cluster_identifier) override;
  void Close(absl::string_view region,
             absl::string_view cluster_identifier) override;

  // Opens the endpoint again that a cluster had before it was closed, or in a
  // process before, with the rows that are there.
  //
  // Errors: as Endpoint().
  absl::Status Reopen(absl::string_view region,
                      absl::string_view cluster_identifier,
                      absl::string_view database_id);

  void KeyChanged(absl::string_view region,
                  absl::string_view cluster_identifier) override;
  // Has the sessions of the cluster end as the state of its KMS key says, in
  // the place of what was said before.
  void EndSessionsBy(const ControlPlane::ClusterState& state,
                     absl::string_view region,
                     absl::string_view cluster_identifier);
  void OtherKey(absl::string_view region,
                absl::string_view cluster_identifier) override;
  void StreamsChanged(absl::string_view region,
                      absl::string_view cluster_identifier) override;

  // Makes sure that the cluster's server runs, and returns how to connect to it
  // through the cluster's endpoint: without a password where tokens are asked
  // for.
  //
  // Errors: as OpenServer(), and Unavailable where no port can be opened.
  absl::StatusOr<postgres::ConnectionParameters> Connection(
      absl::string_view region, absl::string_view cluster_identifier);

  // What a test holds of a cluster, whether it has an endpoint yet or not.
  struct Controls {
    std::shared_ptr<ConnectionFaults> faults;
    std::shared_ptr<TransactionControls> transactions;
    std::shared_ptr<SqlLog> sql_log;
  };
  Controls GetControls(absl::string_view region,
                       absl::string_view cluster_identifier);

  // Where a cluster takes WebSockets: "wss://<host>", with a port that is not
  // 443.
  //
  // Errors: as Endpoint(); FailedPrecondition without TLS.
  absl::StatusOr<std::string> WebSocketUrl(
      absl::string_view region, absl::string_view cluster_identifier);

  // An address that leads to all clusters of a Region: of a VPC endpoint, whose
  // id is "vpce-...".
  struct VpcAddress {
    std::string region;
    std::string vpc_endpoint_id;
    // By which its clients call it; VpcEndpointHost().
    std::string dns_name;
    std::string host;
    int port = 0;
  };

  // Opens one. `context` is what policies may ask of who comes in there.
  //
  // Errors: AlreadyExists for an id that is in use; Unavailable where no port
  //   can be opened; FailedPrecondition without TLS and after Stop().
  absl::StatusOr<VpcAddress> OpenVpcEndpoint(const std::string& region,
                                             const std::string& vpc_endpoint_id,
                                             const RequestContext& context);
  // Ends it, and the connections that came in there; if there is one.
  void CloseVpcEndpoint(const std::string& vpc_endpoint_id);

  // "<address> <name>..." for each address, the names on AWS that lead there.
  std::vector<std::string> HostLines();

  // What clients verify endpoints by; see CertificateAuthority.
  absl::StatusOr<std::string> CertificateFile();

  // The jobs of a cluster, whose server is started if need be.
  //
  // Errors: as OpenServer(); FailedPrecondition where it has none.
  absl::StatusOr<std::shared_ptr<JobRunner>> Jobs(
      absl::string_view region, absl::string_view cluster_identifier);

  // What is in the cluster's database, whose server is started if need be.
  //
  // Errors: as OpenServer(); those of postgres::DataSnapshot::Take().
  absl::StatusOr<std::shared_ptr<postgres::DataSnapshot>> Snapshot(
      absl::string_view region, absl::string_view cluster_identifier);

  // Gives the cluster's database, which is its peer's too, another server that
  // starts from `snapshot`; sessions on the present one end.
  //
  // Errors: as OpenServer(); those of postgres::DataSnapshot::Pool(). Then
  //   nothing has changed.
  absl::Status Restore(absl::string_view region,
                       absl::string_view cluster_identifier,
                       std::shared_ptr<postgres::DataSnapshot> snapshot);

  // The same for a whole FakeDsql, whose clusters may be gone meanwhile.

  // The rows of a database; null where nobody has connected to it.
  //
  // Errors: as Snapshot().
  absl::StatusOr<std::shared_ptr<postgres::DataSnapshot>> SnapshotDatabase(
      const std::string& database_id);

  // Whether RestoreDatabase() could have that. Errors: FailedPrecondition.
  absl::Status CheckFits(postgres::DataSnapshot* snapshot) const;

  // Null: it is a new one.
  //
  // Errors: as Restore().
  absl::Status RestoreDatabase(
      const std::string& database_id,
      std::shared_ptr<postgres::DataSnapshot> snapshot);

  // The clusters, by Region and identifier, whose endpoints are open.
  std::set<std::pair<std::string, std::string>> OpenClusters();

  // Ends every endpoint and gives the servers back. Idempotent.
  void Stop();

 private:
  // The rows of one cluster, or of the two of a multi-Region pair.
  struct Database {
    Database(std::string database_id,
             std::shared_ptr<DatabaseServers> database_servers)
        : id(std::move(database_id)), servers(std::move(database_servers)) {}
    ~Database();

    const std::string id;
    const std::shared_ptr<DatabaseServers> servers;
    // Its cluster is deleted: the rows go with this.
    std::atomic<bool> deleted{false};
    absl::Mutex mutex;
    postgres::Lease lease ABSL_GUARDED_BY(mutex);
    // Ends before the lease does.
    std::shared_ptr<JobRunner> jobs ABSL_GUARDED_BY(mutex);
    // As jobs: of Options::attach_streams.
    std::shared_ptr<void> streams ABSL_GUARDED_BY(mutex);
  };

  struct Address {
    std::string region;
    std::string cluster_identifier;
    std::string host;
    int port = 0;
    // Where WebSockets have a port of their own; else `port`.
    int web_socket_port = 0;
    // Nothing listens there, and nothing will.
    bool closed = false;
  };

  // Where the endpoint of that name is to listen: there where it was.
  absl::StatusOr<LoopbackListener> GetListener(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same for its WebSockets, at the address of `listener`.
  absl::StatusOr<LoopbackListener> GetWebSocketListener(
      const std::string& name, const LoopbackListener& listener)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<LoopbackListener> NewListener(absl::string_view name) const;
  Gateway& GetGateway() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasHostNames() const {
    return options_.endpoints.style ==
           FakeDsqlOptions::Gateway::Style::kAwsHostName;
  }
  // What clients call it.
  std::string HostOf(const Address& address) const;
  // What its certificate bears.
  static std::vector<std::string> NamesOf(const Address& address);
  // Makes sure that a cluster of the Region has an endpoint, whose name it
  // returns, for a client of a VPC endpoint. Errors: as OpenServer().
  absl::StatusOr<std::string> OpenCluster(const std::string& region,
                                          const std::string& identifier);
  // Whether the rows of a cluster are lost. That Storage had an error does not
  // say so.
  static bool IsDeleted(
      const absl::StatusOr<ControlPlane::ClusterState>& state);
  ClusterWatch::Options WatchOptions();
  static std::string ClusterName(absl::string_view region,
                                 absl::string_view cluster_identifier);
  // Under which the port of its WebSockets is kept.
  static std::string WebSocketName(const std::string& name);
  // The error of what is asked for after Stop().
  static absl::Status Stopped();

  Controls& ControlsOf(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Address> GetAddress(const std::string& region,
                                     const std::string& cluster_identifier);
  absl::StatusOr<Address> Listen(const std::string& region,
                                 const std::string& cluster_identifier)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<CertificateAuthority*> GetAuthority()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<ssl_ctx_st>> ServerTls(
      const std::vector<std::string>& hosts);
  // Whether clusters are databases beside others, of which clients must not
  // know.
  bool IsShared() const {
    return options_.has_jobs &&
           !options_.servers->options().external_conninfo.empty();
  }
  absl::optional<TokenAuthenticator::Options> TokensOf(
      const Address& address) const;

  // Makes sure that the cluster's server runs, and returns how to connect to
  // it.
  //
  // Errors: ResourceNotFoundException; a SqlError() while the cluster's status
  //   admits no connections; those of ServerPool::Acquire(); Unavailable where
  //   the server has died, as its data is lost.
  absl::StatusOr<ClusterAccess::Server> OpenServer(
      const std::string& region, const std::string& cluster_identifier);

  // The cluster's database, while its status admits connections.
  absl::StatusOr<std::shared_ptr<Database>> Open(
      const std::string& region, const std::string& cluster_identifier);

  // The id of the cluster's database, if it may be connected to.
  absl::StatusOr<std::string> DatabaseId(const std::string& region,
                                         const std::string& cluster_identifier);
  absl::StatusOr<std::shared_ptr<Database>> GetDatabase(
      const std::string& cluster, const std::string& database_id);
  // Of a cluster that may be gone meanwhile.
  absl::StatusOr<std::shared_ptr<Database>> GetDatabase(
      const std::string& database_id);
  std::shared_ptr<Database> FindDatabase(const std::string& database_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<postgres::DataSnapshot>> SnapshotOf(
      Database* database) ABSL_LOCKS_EXCLUDED(database->mutex);
  absl::Status RestoreOf(Database* database,
                         std::shared_ptr<postgres::DataSnapshot> snapshot)
      ABSL_LOCKS_EXCLUDED(database->mutex);
  // Makes sure that the database has a server, and that it runs.
  absl::Status EnsureServer(Database* database)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database->mutex);
  // What uses the server besides clients: jobs, and readers of change streams.
  void StartUse(Database* database)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database->mutex);
  static void EndUse(Database* database)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database->mutex);
  // Jobs have ended, so that transactions that began before conflict with
  // another catalog. Called by the thread of the database's jobs, which
  // ~Database() waits for: takes no Database's mutex.
  void NotifyCatalogChanged(const std::string& database_id);

  const Options options_;
  EndpointAddresses kept_addresses_;
  // Of the clusters that have an endpoint or a database here.
  ClusterWatch watch_;
  absl::Mutex mutex_;
  // Of all clusters; outlives the gateway.
  Revocations revocations_;
  // Made with the first endpoint, because it has threads.
  std::unique_ptr<Gateway> gateway_ ABSL_GUARDED_BY(mutex_);
  // Null where transactions are PostgreSQL's. Outlives the gateway.
  std::unique_ptr<OptimisticTransactions> optimistic_;
  std::unique_ptr<CertificateAuthority> authority_ ABSL_GUARDED_BY(mutex_);
  // By the cluster's name, and kept.
  std::map<std::string, Controls> controls_ ABSL_GUARDED_BY(mutex_);
  // Of each endpoint, by the cluster's name. That of a closed cluster is kept:
  // who has read its record before must not open it again.
  std::map<std::string, Address> addresses_ ABSL_GUARDED_BY(mutex_);
  // In the order in which they were opened.
  std::vector<VpcAddress> vpc_addresses_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::shared_ptr<Database>> databases_
      ABSL_GUARDED_BY(mutex_);
  // The id of each cluster's database, once it has been connected to.
  std::map<std::string, std::string> database_ids_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_POSTGRES_DATA_PLANE_H_
