#include "dsql/postgres_data_plane.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/host_names.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/jobs/postgres_job_database.h"
#include "dsql/net/loopback_listener.h"

namespace dsql {
namespace {

// The only database of a cluster on AWS.
constexpr char kDatabase[] = "postgres";

std::string ClusterName(absl::string_view region,
                        absl::string_view cluster_identifier) {
  return absl::StrCat(region, "/", cluster_identifier);
}

bool AdmitsConnections(v1::ClusterStatus::Value status) {
  switch (status) {
    case v1::ClusterStatus::ACTIVE:
    case v1::ClusterStatus::IDLE:
    case v1::ClusterStatus::INACTIVE:
    case v1::ClusterStatus::UPDATING:
    case v1::ClusterStatus::PENDING_DELETE:
      return true;
    default:
      return false;
  }
}

absl::Status NotConnectable(const std::string& cluster_identifier,
                            v1::ClusterStatus::Value status) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("08006");
  detail.set_message(absl::StrCat("unable to accept connection, cluster ",
                                  cluster_identifier, " is ",
                                  v1::ClusterStatus::Value_Name(status)));
  detail.set_hint(
      "Wait until GetCluster answers ACTIVE. Where FakeDsql was given a Clock, "
      "move it.");
  return SqlError(detail);
}

absl::Status Stopped() {
  return absl::FailedPreconditionError(
      "FakeDsql has been stopped. Stop it only when the code under test is "
      "done "
      "with it");
}

}  // namespace

PostgresDataPlane::PostgresDataPlane(Options options)
    : options_(std::move(options)) {
  if (!options_.transactions.optimistic) return;
  optimistic_ = std::make_unique<OptimisticTransactions>(
      options_.transactions, options_.gateway.clock);
}

PostgresDataPlane::~PostgresDataPlane() { Stop(); }

PostgresDataPlane::Database::~Database() {
  absl::MutexLock lock(&mutex);
  if (jobs != nullptr) jobs->Stop();
}

absl::StatusOr<std::shared_ptr<JobRunner>> PostgresDataPlane::Jobs(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      const ClusterAccess::Server server,
      OpenServer(std::string(region), std::string(cluster_identifier)));
  if (server.jobs == nullptr) {
    return absl::FailedPreconditionError(
        "This FakeDsql has no jobs: its dialect is PostgreSQL's own");
  }
  return server.jobs;
}

absl::StatusOr<std::string> PostgresDataPlane::Endpoint(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      const Address address,
      GetAddress(std::string(region), std::string(cluster_identifier)));
  return address.port == kPostgresPort
             ? address.host
             : absl::StrCat(address.host, ":", address.port);
}

absl::StatusOr<PostgresDataPlane::Address> PostgresDataPlane::GetAddress(
    const std::string& region, const std::string& cluster_identifier) {
  const std::string name = ClusterName(region, cluster_identifier);
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopped();
  const auto found = addresses_.find(name);
  if (found != addresses_.end()) return found->second;
  DSQL_ASSIGN_OR_RETURN(const Address address,
                        Listen(region, cluster_identifier));
  addresses_[name] = address;
  return address;
}

absl::StatusOr<PostgresDataPlane::Address> PostgresDataPlane::Listen(
    const std::string& region, const std::string& cluster_identifier) {
  if (gateway_ == nullptr) {
    gateway_ = std::make_unique<Gateway>(options_.gateway);
  }
  const std::string name = ClusterName(region, cluster_identifier);
  const bool own_address =
      options_.endpoints.style == FakeDsqlOptions::Gateway::Style::kOwnAddress;
  DSQL_ASSIGN_OR_RETURN(
      const LoopbackListener listener,
      own_address ? ListenOnOwnAddress(name) : ListenOnFreePort());
  const Address address{listener.host, listener.port};
  Gateway::EndpointOptions endpoint;
  endpoint.listening_socket = listener.fd;
  endpoint.backend = std::make_shared<ClusterAccess>(
      [this, region, cluster_identifier] {
        return OpenServer(region, cluster_identifier);
      },
      TokensOf(region, cluster_identifier, address));
  endpoint.faults = FaultsOf(name);
  if (optimistic_ != nullptr)
    endpoint.runners = optimistic_->Runners(TransactionsOf(name));
  if (options_.endpoints.tls) {
    const std::vector<std::string> hosts = {
        address.host, "localhost", "127.0.0.1",
        ClusterHost(region, cluster_identifier),
        ClusterVpcHost(region, cluster_identifier)};
    endpoint.tls = [this, hosts] { return ServerTls(hosts); };
  }
  DSQL_RETURN_IF_ERROR(gateway_->Serve(name, std::move(endpoint)));
  return address;
}

ConnectionFaults& PostgresDataPlane::faults(
    absl::string_view region, absl::string_view cluster_identifier) {
  absl::MutexLock lock(&mutex_);
  return *FaultsOf(ClusterName(region, cluster_identifier));
}

std::shared_ptr<ConnectionFaults> PostgresDataPlane::FaultsOf(
    const std::string& cluster) {
  std::shared_ptr<ConnectionFaults>& faults = faults_[cluster];
  if (faults == nullptr) {
    faults = std::make_shared<ConnectionFaults>();
    faults->SetDrop([this, cluster] {
      absl::MutexLock lock(&mutex_);
      if (gateway_ != nullptr) gateway_->DropConnections(cluster);
    });
  }
  return faults;
}

std::shared_ptr<TransactionControls> PostgresDataPlane::Transactions(
    absl::string_view region, absl::string_view cluster_identifier) {
  absl::MutexLock lock(&mutex_);
  return TransactionsOf(ClusterName(region, cluster_identifier));
}

std::shared_ptr<TransactionControls> PostgresDataPlane::TransactionsOf(
    const std::string& name) {
  std::shared_ptr<TransactionControls>& controls = transactions_[name];
  if (controls == nullptr) controls = std::make_shared<TransactionControls>();
  return controls;
}

absl::StatusOr<CertificateAuthority*> PostgresDataPlane::GetAuthority() {
  if (authority_ == nullptr) {
    DSQL_ASSIGN_OR_RETURN(authority_, CertificateAuthority::Create());
  }
  return authority_.get();
}

absl::StatusOr<std::shared_ptr<ssl_ctx_st>> PostgresDataPlane::ServerTls(
    const std::vector<std::string>& hosts) {
  absl::MutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(const CertificateAuthority* authority, GetAuthority());
  return authority->ServerContext(hosts);
}

absl::StatusOr<std::string> PostgresDataPlane::CertificateFile() {
  absl::MutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(const CertificateAuthority* authority, GetAuthority());
  return authority->certificate_file();
}

absl::optional<TokenAuthenticator::Options> PostgresDataPlane::TokensOf(
    const std::string& region, const std::string& cluster_identifier,
    const Address& address) const {
  if (!options_.endpoints.tokens) return absl::nullopt;
  TokenAuthenticator::Options tokens;
  tokens.cluster_arn =
      DsqlArn::Cluster(region, options_.account_id, cluster_identifier)
          .ToString();
  for (const std::string& host :
       {address.host, ClusterHost(region, cluster_identifier),
        ClusterVpcHost(region, cluster_identifier)}) {
    tokens.hosts.insert(host);
    tokens.hosts.insert(absl::StrCat(host, ":", address.port));
  }
  tokens.credentials = options_.credentials;
  tokens.clock = options_.gateway.clock;
  tokens.access_denied_sqlstate = options_.endpoints.access_denied_sqlstate;
  tokens.find_policy = [find_policy = options_.find_policy, region,
                        cluster_identifier] {
    return find_policy(region, cluster_identifier);
  };
  return tokens;
}

void PostgresDataPlane::Close(absl::string_view region,
                              absl::string_view cluster_identifier) {
  const std::string cluster = ClusterName(region, cluster_identifier);
  std::shared_ptr<Database> database;  // Given back without the lock.
  absl::MutexLock lock(&mutex_);
  if (gateway_ != nullptr) gateway_->Close(cluster);
  addresses_.erase(cluster);
  const auto id = database_ids_.find(cluster);
  if (id == database_ids_.end()) return;
  const auto found = databases_.find(id->second);
  if (found != databases_.end()) {
    database = std::move(found->second);
    databases_.erase(found);
  }
  database_ids_.erase(id);
}

absl::StatusOr<postgres::ConnectionParameters> PostgresDataPlane::Connection(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      const ClusterAccess::Server server,
      OpenServer(std::string(region), std::string(cluster_identifier)));
  DSQL_ASSIGN_OR_RETURN(
      const Address address,
      GetAddress(std::string(region), std::string(cluster_identifier)));
  postgres::ConnectionParameters parameters = server.clients;
  parameters.host = address.host;
  parameters.port = absl::StrCat(address.port);
  if (options_.endpoints.tokens) {
    parameters.user = kAdmin;
    parameters.database = kDatabase;
  }
  absl::MutexLock lock(&mutex_);
  if (gateway_ != nullptr) {
    gateway_->ExpectConnection(ClusterName(region, cluster_identifier),
                               parameters.user, parameters.database);
  }
  if (options_.endpoints.tls) {
    parameters.others["sslmode"] = "verify-full";
    DSQL_ASSIGN_OR_RETURN(const CertificateAuthority* authority,
                          GetAuthority());
    parameters.others["sslrootcert"] = authority->certificate_file();
  }
  return parameters;
}

absl::StatusOr<ClusterAccess::Server> PostgresDataPlane::OpenServer(
    const std::string& region, const std::string& cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(const std::string database_id,
                        DatabaseId(region, cluster_identifier));
  DSQL_ASSIGN_OR_RETURN(
      const std::shared_ptr<Database> database,
      GetDatabase(ClusterName(region, cluster_identifier), database_id));
  // Once more: had it been deleted since, nobody would close the database.
  const absl::Status still_there =
      DatabaseId(region, cluster_identifier).status();
  if (!still_there.ok()) {
    Close(region, cluster_identifier);
    return still_there;
  }
  return Lease(database_id, database.get());
}

absl::StatusOr<std::string> PostgresDataPlane::DatabaseId(
    const std::string& region, const std::string& cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(ControlPlane::ClusterState state,
                        options_.find_cluster(region, cluster_identifier));
  if (!AdmitsConnections(state.status)) {
    return NotConnectable(cluster_identifier, state.status);
  }
  if (state.status == v1::ClusterStatus::IDLE ||
      state.status == v1::ClusterStatus::INACTIVE) {
    DSQL_RETURN_IF_ERROR(options_.wake_cluster(region, cluster_identifier));
  }
  if (state.status == v1::ClusterStatus::INACTIVE) return WakingUpCluster();
  return std::move(state.database_id);
}

absl::StatusOr<std::shared_ptr<PostgresDataPlane::Database>>
PostgresDataPlane::GetDatabase(const std::string& cluster,
                               const std::string& database_id) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopped();
  database_ids_[cluster] = database_id;
  std::shared_ptr<Database>& database = databases_[database_id];
  if (database == nullptr) database = std::make_shared<Database>();
  return database;
}

absl::StatusOr<ClusterAccess::Server> PostgresDataPlane::Lease(
    const std::string& database_id, Database* database) {
  absl::MutexLock lock(&database->mutex);
  if (!database->lease.valid()) {
    DSQL_ASSIGN_OR_RETURN(database->lease, options_.pool->Acquire());
    if (options_.has_jobs) {
      database->jobs = std::make_shared<JobRunner>(
          std::make_unique<PostgresJobDatabase>(
              database->lease.internal_connection()),
          options_.gateway.clock,
          [this, database_id] { NotifyCatalogChanged(database_id); });
    }
  }
  DSQL_RETURN_IF_ERROR(database->lease.Health());
  return ClusterAccess::Server{database->lease.connection(),
                               database->lease.internal_connection(),
                               database->jobs};
}

void PostgresDataPlane::NotifyCatalogChanged(const std::string& database_id) {
  absl::MutexLock lock(&mutex_);
  if (gateway_ == nullptr || optimistic_ == nullptr) return;
  for (const auto& cluster : database_ids_) {
    if (cluster.second != database_id) continue;
    // One is enough: the endpoints of a database share what is known of it.
    gateway_->Post([this, controls = TransactionsOf(cluster.first)] {
      optimistic_->ChangeCatalog(controls.get());
    });
    return;
  }
}

void PostgresDataPlane::Stop() {
  std::unique_ptr<Gateway> gateway;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    gateway = std::move(gateway_);
  }
  // Without the lock: it waits for connections that take it.
  if (gateway != nullptr) gateway->Stop();
  std::map<std::string, std::shared_ptr<Database>> databases;
  absl::MutexLock lock(&mutex_);
  databases.swap(databases_);
  database_ids_.clear();
}

}  // namespace dsql
