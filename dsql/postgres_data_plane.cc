// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres_data_plane.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/host_names.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

// The only database of a cluster on AWS.
constexpr char kDatabase[] = "postgres";

}  // namespace

std::string PostgresDataPlane::ClusterName(
    absl::string_view region, absl::string_view cluster_identifier) {
  return absl::StrCat(region, "/", cluster_identifier);
}

std::string PostgresDataPlane::WebSocketName(const std::string& name) {
  return absl::StrCat(name, "/websocket");
}

absl::Status PostgresDataPlane::Stopped() {
  return absl::FailedPreconditionError(
      "FakeDsql has been stopped. Stop it only when the code under test is "
      "done "
      "with it");
}

PostgresDataPlane::PostgresDataPlane(Options options)
    : options_(std::move(options)),
      kept_addresses_(options_.addresses),
      watch_(WatchOptions()) {
  if (!options_.transactions.optimistic) return;
  optimistic_ = std::make_unique<OptimisticTransactions>(
      options_.transactions, options_.gateway.clock);
}

PostgresDataPlane::~PostgresDataPlane() { Stop(); }

ClusterWatch::Options PostgresDataPlane::WatchOptions() {
  ClusterWatch::Options watch = options_.watch;
  watch.close = [this](absl::string_view region,
                       absl::string_view cluster_identifier) {
    Close(region, cluster_identifier);
  };
  return watch;
}

absl::StatusOr<std::string> PostgresDataPlane::Endpoint(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      const Address address,
      GetAddress(std::string(region), std::string(cluster_identifier)));
  // Or it was closed before anybody asked.
  if (HasHostNames() || address.host.empty())
    return ClusterHost(region, cluster_identifier);
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
  watch_.Add(region, cluster_identifier);
  return address;
}

Gateway& PostgresDataPlane::GetGateway() {
  if (gateway_ == nullptr)
    gateway_ = std::make_unique<Gateway>(options_.gateway);
  return *gateway_;
}

std::string PostgresDataPlane::HostOf(const Address& address) const {
  return HasHostNames()
             ? ClusterHost(address.region, address.cluster_identifier)
             : address.host;
}

std::vector<std::string> PostgresDataPlane::NamesOf(const Address& address) {
  return {address.host, "localhost", "127.0.0.1",
          ClusterHost(address.region, address.cluster_identifier),
          ClusterVpcHost(address.region, address.cluster_identifier)};
}

absl::StatusOr<PostgresDataPlane::Address> PostgresDataPlane::Listen(
    const std::string& region, const std::string& cluster_identifier) {
  const std::string name = ClusterName(region, cluster_identifier);
  DSQL_ASSIGN_OR_RETURN(const LoopbackListener listener, GetListener(name));
  Address address{region, cluster_identifier, listener.host, listener.port,
                  listener.port};
  Gateway::EndpointOptions endpoint;
  endpoint.listening_sockets = {listener.fd};
  if (options_.endpoints.web_socket_port.has_value()) {
    const auto web_sockets = GetWebSocketListener(name, listener);
    if (!web_sockets.ok()) {
      close(listener.fd);
      return web_sockets.status();
    }
    address.web_socket_port = web_sockets->port;
    endpoint.listening_sockets.push_back(web_sockets->fd);
  }
  endpoint.backend = std::make_shared<ClusterAccess>(
      [this, region, cluster_identifier] {
        return OpenServer(region, cluster_identifier);
      },
      TokensOf(address), IsShared(),
      options_.endpoints.revoke_ends_sessions ? &revocations_ : nullptr);
  const Controls& controls = ControlsOf(name);
  endpoint.faults = controls.faults;
  endpoint.sql_log = controls.sql_log;
  if (optimistic_ != nullptr)
    endpoint.runners = optimistic_->Runners(controls.transactions);
  if (options_.endpoints.tls)
    endpoint.tls = [this, hosts = NamesOf(address)] {
      return ServerTls(hosts);
    };
  DSQL_RETURN_IF_ERROR(GetGateway().Serve(name, std::move(endpoint)));
  return address;
}

absl::StatusOr<LoopbackListener> PostgresDataPlane::NewListener(
    absl::string_view name) const {
  return options_.endpoints.style == FakeDsqlOptions::Gateway::Style::kPort
             ? ListenOnFreePort()
             : ListenOnOwnAddress(name);
}

absl::StatusOr<LoopbackListener> PostgresDataPlane::GetListener(
    const std::string& name) {
  DSQL_ASSIGN_OR_RETURN(absl::optional<EndpointAddress> before,
                        kept_addresses_.Find(name));
  const auto closed = addresses_.find(name);
  if (closed != addresses_.end() && !closed->second.host.empty())
    before = EndpointAddress{closed->second.host, closed->second.port};
  absl::StatusOr<LoopbackListener> listener = absl::NotFoundError("");
  if (before.has_value()) listener = ListenAt(before->host, before->port);
  // Or somebody has taken it meanwhile: GetCluster tells the new one.
  if (!listener.ok()) listener = NewListener(name);
  if (!listener.ok()) return listener;
  const absl::Status status =
      kept_addresses_.Keep(name, {listener->host, listener->port});
  if (!status.ok()) {
    close(listener->fd);
    return status;
  }
  return listener;
}

absl::Status PostgresDataPlane::Reopen(absl::string_view region,
                                       absl::string_view cluster_identifier,
                                       absl::string_view database_id) {
  const std::string name = ClusterName(region, cluster_identifier);
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopped();
  database_ids_[name] = std::string(database_id);
  const auto found = addresses_.find(name);
  if (found != addresses_.end() && !found->second.closed)
    return absl::OkStatus();
  watch_.Add(region, cluster_identifier);
  DSQL_ASSIGN_OR_RETURN(
      addresses_[name],
      Listen(std::string(region), std::string(cluster_identifier)));
  return absl::OkStatus();
}

std::set<std::pair<std::string, std::string>>
PostgresDataPlane::OpenClusters() {
  std::set<std::pair<std::string, std::string>> open;
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, address] : addresses_) {
    if (!address.closed)
      open.emplace(address.region, address.cluster_identifier);
  }
  return open;
}

PostgresDataPlane::Controls PostgresDataPlane::GetControls(
    absl::string_view region, absl::string_view cluster_identifier) {
  absl::MutexLock lock(&mutex_);
  return ControlsOf(ClusterName(region, cluster_identifier));
}

PostgresDataPlane::Controls& PostgresDataPlane::ControlsOf(
    const std::string& name) {
  Controls& controls = controls_[name];
  if (controls.faults != nullptr) return controls;
  controls.faults = std::make_shared<ConnectionFaults>();
  controls.faults->SetDrop([this, name] {
    absl::MutexLock lock(&mutex_);
    if (gateway_ != nullptr) gateway_->DropConnections(name);
  });
  controls.transactions = std::make_shared<TransactionControls>();
  controls.sql_log = std::make_shared<SqlLog>(options_.sql_log, options_.log);
  return controls;
}

absl::StatusOr<CertificateAuthority*> PostgresDataPlane::GetAuthority() {
  if (authority_ == nullptr) {
    DSQL_ASSIGN_OR_RETURN(
        authority_, options_.certificates.empty()
                        ? CertificateAuthority::Create()
                        : CertificateAuthority::Open(options_.certificates));
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
    const Address& address) const {
  if (!options_.endpoints.tokens) return absl::nullopt;
  const std::string& region = address.region;
  const std::string& cluster_identifier = address.cluster_identifier;
  TokenAuthenticator::Options tokens;
  tokens.cluster_arn =
      DsqlArn::Cluster(region, options_.account_id, cluster_identifier)
          .ToString();
  tokens.host = HostOf(address);
  for (const std::string& host :
       {tokens.host, ClusterHost(region, cluster_identifier),
        ClusterVpcHost(region, cluster_identifier)}) {
    tokens.hosts.insert(host);
    tokens.hosts.insert(absl::StrCat(host, ":", address.port));
  }
  tokens.credentials = options_.credentials;
  tokens.clock = options_.signature_clock;
  tokens.access_denied_sqlstate = options_.endpoints.access_denied_sqlstate;
  tokens.find_resource = [find_resource = options_.find_resource, region,
                          cluster_identifier] {
    return find_resource(region, cluster_identifier);
  };
  return tokens;
}

void PostgresDataPlane::Close(absl::string_view region,
                              absl::string_view cluster_identifier) {
  const std::string cluster = ClusterName(region, cluster_identifier);
  watch_.Remove(region, cluster_identifier);
  std::shared_ptr<Database> database;  // Given back without the lock.
  absl::MutexLock lock(&mutex_);
  if (stopped_) return;
  if (gateway_ != nullptr) gateway_->Close(cluster);
  addresses_[cluster].closed = true;
  // Where it fails, the next process finds the address of no cluster.
  kept_addresses_.Forget(cluster).IgnoreError();
  kept_addresses_.Forget(WebSocketName(cluster)).IgnoreError();
  const auto id = database_ids_.find(cluster);
  if (id == database_ids_.end()) return;
  database = FindDatabase(id->second);
  database->deleted = true;
  databases_.erase(id->second);
  database_ids_.erase(id);
}

void PostgresDataPlane::KeyChanged(absl::string_view region,
                                   absl::string_view cluster_identifier) {
  const absl::StatusOr<ControlPlane::ClusterState> state =
      options_.find_cluster(region, cluster_identifier);
  // Else it is gone, or its next connection will find out.
  if (state.ok()) EndSessionsBy(*state, region, cluster_identifier);
  StreamsChanged(region, cluster_identifier);
}

void PostgresDataPlane::EndSessionsBy(const ControlPlane::ClusterState& state,
                                      absl::string_view region,
                                      absl::string_view cluster_identifier) {
  const std::string name = ClusterName(region, cluster_identifier);
  absl::MutexLock lock(&mutex_);
  if (gateway_ == nullptr) return;
  gateway_->EndSessionsAt(name, state.key_losses);
  if (state.encryption_status == v1::EncryptionStatus::KMS_KEY_INACCESSIBLE)
    gateway_->EndSessions(name);
}

void PostgresDataPlane::StreamsChanged(absl::string_view region,
                                       absl::string_view cluster_identifier) {
  if (options_.streams_changed != nullptr)
    options_.streams_changed(region, cluster_identifier);
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
  parameters.host = HostOf(address);
  if (HasHostNames()) parameters.others["hostaddr"] = address.host;
  parameters.port = absl::StrCat(address.port);
  if (options_.endpoints.tokens) {
    parameters.user = kAdmin;
    parameters.database = kDatabase;
  }
  Login expected;
  expected.role = parameters.user;
  // Whose token comes with it, as a rule.
  if (options_.endpoints.tokens)
    expected.principal_arn = RootArn(options_.account_id);
  absl::MutexLock lock(&mutex_);
  if (gateway_ != nullptr) {
    gateway_->ExpectConnection(ClusterName(region, cluster_identifier),
                               std::move(expected), parameters.database);
  }
  if (options_.endpoints.tls) {
    parameters.others["sslmode"] = "verify-full";
    DSQL_ASSIGN_OR_RETURN(const CertificateAuthority* authority,
                          GetAuthority());
    parameters.others["sslrootcert"] = authority->certificate_file();
  }
  return parameters;
}

void PostgresDataPlane::Stop() {
  watch_.Stop();
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
