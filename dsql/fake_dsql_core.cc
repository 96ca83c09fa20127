// SPDX-License-Identifier: Apache-2.0

#include "dsql/fake_dsql_core.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/service_errors.h"
#include "dsql/dsql_client.h"
#include "dsql/endpoint_addresses.h"
#include "dsql/iam/assume_role.h"
#include "dsql/iam/auth_token.h"
#include "dsql/kms_key_wrapper.h"
#include "dsql/sealed/key_wrapper.h"
#include "dsql/storage/storage.h"

namespace dsql {
namespace {

// How long requests in flight keep Stop() waiting.
constexpr absl::Duration kHttpDeadline = absl::Seconds(5);

// No Region has the name of this endpoint.
constexpr char kHttpEndpoint[] = "http";

// What clients are told, whatever PostgreSQL is underneath.
constexpr char kServerVersion[] = "16.15";

ControlPlaneOptions ToControlPlaneOptions(const FakeDsqlOptions& options) {
  ControlPlaneOptions control;
  control.account_id = options.account_id;
  control.identifier_style = options.identifier_style;
  control.quotas = options.quotas;
  control.kms.default_region = options.default_region;
  control.kms.strict = options.kms.strict;
  control.log = options.log;
  control.durations = options.durations.has_value() ? *options.durations
                      : options.clock != nullptr
                          ? LifecycleDurations::AwsLike()
                          : LifecycleDurations::Immediate();
  return control;
}

Credentials RootCredentials(const FakeDsqlOptions& options) {
  Credentials credentials;
  credentials.access_key_id = options.access_key_id;
  credentials.secret_access_key = options.secret_access_key;
  credentials.principal_arn = RootArn(options.account_id);
  return credentials;
}

GatewayOptions ToGatewayOptions(const FakeDsqlOptions& options) {
  GatewayOptions gateway;
  gateway.clock = options.clock;
  gateway.tls_required = options.gateway.tls;
  gateway.sni_required = options.gateway.sni_required;
  gateway.session_life = options.gateway.session_life;
  gateway.dialect = options.gateway.dialect;
  if (gateway.dialect.enforce) {
    gateway.reported_parameters["server_version"] = kServerVersion;
  }
  gateway.connection_quotas = options.gateway.quotas;
  gateway.dialect.trace_row_locks = options.transactions.optimistic;
  gateway.dialect.visible_catalogs = gateway.dialect.enforce;
  return gateway;
}

absl::Status NoRows() {
  return absl::FailedPreconditionError(
      "This FakeDsql holds no rows: FakeDsqlOptions::postgres.enabled is "
      "false");
}

absl::Status PlainTransactions() {
  return absl::FailedPreconditionError(
      "The transactions of this FakeDsql are PostgreSQL's, whose COMMIT meets "
      "no conflict: FakeDsqlOptions::transactions.optimistic is false");
}

}  // namespace

FakeDsqlCore::FakeDsqlCore(FakeDsqlOptions options,
                           std::unique_ptr<DataDir> data_dir)
    : options_(std::move(options)), data_dir_(std::move(data_dir)) {
  // Before the clock is filled in, because durations depend on it.
  ControlPlaneOptions control = ToControlPlaneOptions(options_);
  if (options_.clock == nullptr) options_.clock = &system_clock_;
  if (options_.signature_clock == nullptr)
    options_.signature_clock = &system_clock_;
  if (options_.ids == nullptr) options_.ids = &random_ids_;
  if (data_dir_ != nullptr) options_.storage = data_dir_->storage();
  if (options_.storage == nullptr) options_.storage = &memory_;
  DataPlane* data_plane = &no_rows_;
  if (options_.postgres.enabled) {
    rows_.emplace(RowOptions());
    data_plane = &*rows_;
  }
  control.credentials = &credentials_;
  control.signature_clock = options_.signature_clock;
  control_.emplace(std::move(control), options_.storage, options_.clock,
                   options_.ids, data_plane);
  credentials_.Put(RootCredentials(options_));
  kinesis_.emplace(options_.account_id, options_.clock);
  streams_.emplace(StreamOptions());
}

FakeDsqlCore::~FakeDsqlCore() { Stop().IgnoreError(); }

absl::Status FakeDsqlCore::Start() {
  if (data_dir_ != nullptr) DSQL_RETURN_IF_ERROR(Reopen());
  return StartHttp();
}

absl::Status FakeDsqlCore::Reopen() {
  if (!rows_.has_value()) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const auto clusters, control_->ListClusterStates());
  // All before any server starts, which may have kept changes for them: peers
  // share it.
  for (const auto& cluster : clusters) {
    DSQL_RETURN_IF_ERROR(
        streams_->Refresh(cluster.region, cluster.cluster_identifier));
  }
  auto gone = rows_->OpenClusters();
  std::set<std::string> database_ids;
  for (const auto& cluster : clusters) {
    if (cluster.state.status == v1::ClusterStatus::DELETING) continue;
    database_ids.insert(cluster.state.database_id);
    gone.erase({cluster.region, cluster.cluster_identifier});
    DSQL_RETURN_IF_ERROR(rows_->Reopen(
        cluster.region, cluster.cluster_identifier, cluster.state.database_id));
    rows_->EndSessionsBy(cluster.state, cluster.region,
                         cluster.cluster_identifier);
  }
  for (const auto& [region, identifier] : gone)
    rows_->Close(region, identifier);
  return durable_servers_ == nullptr
             ? absl::OkStatus()
             : durable_servers_->RemoveAllBut(database_ids);
}

absl::Status FakeDsqlCore::StartHttp() {
  if (!options_.http.enabled) return absl::OkStatus();
  EndpointAddresses addresses(data_dir_ == nullptr ? nullptr
                                                   : options_.storage);
  FakeDsqlOptions same = options_;
  if (same.http.port == 0) {
    DSQL_ASSIGN_OR_RETURN(const auto kept, addresses.Find(kHttpEndpoint));
    if (kept.has_value()) same.http.port = kept->port;
  }
  auto http = HttpEndpoint::Start(same, &*control_, &*kinesis_, &credentials_);
  // Somebody has taken the port meanwhile.
  if (!http.ok() && same.http.port != options_.http.port)
    http = HttpEndpoint::Start(options_, &*control_, &*kinesis_, &credentials_);
  DSQL_ASSIGN_OR_RETURN(http_, std::move(http));
  return addresses.Keep(kHttpEndpoint,
                        {options_.http.bind_address, http_->port()});
}

absl::string_view FakeDsqlCore::RegionOr(absl::string_view region) const {
  return region.empty() ? absl::string_view(options_.default_region) : region;
}

absl::StatusOr<std::string> FakeDsqlCore::HttpUrl() {
  if (http_ == nullptr) {
    return absl::FailedPreconditionError(
        "This FakeDsql has no HTTP endpoint: FakeDsqlOptions::http.enabled "
        "is false");
  }
  absl::MutexLock lock(&stop_mutex_);
  if (stopped_) {
    return absl::FailedPreconditionError("FakeDsql has been stopped");
  }
  return http_->url();
}

absl::StatusOr<std::string> FakeDsqlCore::CertificateFile() {
  if (!rows_.has_value() || !options_.gateway.tls) {
    return absl::FailedPreconditionError(
        "The endpoints of this FakeDsql have no TLS: "
        "FakeDsqlOptions::gateway.tls or postgres.enabled is false");
  }
  return rows_->CertificateFile();
}

std::unique_ptr<DsqlClient> FakeDsqlCore::As(const Credentials& principal) {
  return std::make_unique<DsqlClient>(&*control_, &credentials_,
                                      principal.access_key_id,
                                      options_.default_region);
}

absl::StatusOr<Credentials> FakeDsqlCore::AssumeRole(
    const AssumeRoleInput& input) {
  return dsql::AssumeRole(input, options_.signature_clock->Now(), &access_keys_,
                          &credentials_);
}

std::map<std::string, std::string> FakeDsqlCore::Environment() {
  std::map<std::string, std::string> environment = {
      {"AWS_ACCESS_KEY_ID", options_.access_key_id},
      {"AWS_SECRET_ACCESS_KEY", options_.secret_access_key},
      {"AWS_REGION", options_.default_region},
      {"AWS_DEFAULT_REGION", options_.default_region}};
  const absl::StatusOr<std::string> url = HttpUrl();
  if (url.ok()) {
    environment["AWS_ENDPOINT_URL_DSQL"] = *url;
    environment["AWS_ENDPOINT_URL_KINESIS"] = *url;
  }
  return environment;
}

absl::Status FakeDsqlCore::Stop() {
  absl::MutexLock lock(&stop_mutex_);
  if (stopped_) return absl::OkStatus();
  stopped_ = true;
  control_->Stop();
  if (http_ != nullptr) http_->Stop(kHttpDeadline);
  if (rows_.has_value()) rows_->Stop();
  if (durable_servers_ != nullptr) durable_servers_->Close();
  if (data_dir_ != nullptr) data_dir_->Close();
  return own_pool_ == nullptr ? absl::OkStatus() : own_pool_->Stop();
}

absl::StatusOr<Cluster> FakeDsqlCore::Find(
    absl::string_view identifier_or_arn) {
  const DsqlArn arn = ArnOf(identifier_or_arn);
  if (arn.account_id != options_.account_id) {
    return ClusterNotFound(arn.region, arn.account_id, arn.cluster_identifier);
  }
  DSQL_RETURN_IF_ERROR(
      control_->GetClusterState(arn.region, arn.cluster_identifier).status());
  Cluster cluster;
  cluster.core_ = weak_from_this();
  cluster.identifier_ = arn.cluster_identifier;
  cluster.region_ = arn.region;
  cluster.arn_ = arn.ToString();
  if (!rows_.has_value()) {
    cluster.faults_ = std::make_shared<ConnectionFaults>(NoRows());
    cluster.transactions_ = std::make_shared<TransactionControls>(NoRows());
    cluster.sql_log_ = std::make_shared<SqlLog>();
    return cluster;
  }
  const PostgresDataPlane::Controls controls =
      rows_->GetControls(arn.region, arn.cluster_identifier);
  cluster.faults_ = controls.faults;
  cluster.transactions_ =
      options_.transactions.optimistic
          ? controls.transactions
          : std::make_shared<TransactionControls>(PlainTransactions());
  cluster.sql_log_ = controls.sql_log;
  return cluster;
}

absl::StatusOr<ChangeStream> FakeDsqlCore::FindStream(absl::string_view arn) {
  DSQL_RETURN_IF_ERROR(Delivery(arn).status());
  ChangeStream stream;
  stream.core_ = weak_from_this();
  stream.arn_ = std::string(arn);
  return stream;
}

absl::StatusOr<std::shared_ptr<streams::StreamDelivery>> FakeDsqlCore::Delivery(
    absl::string_view stream_arn) {
  const auto arn = DsqlArn::Parse(stream_arn);
  if (!arn.has_value() || arn->stream_identifier.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("No ARN of a stream: ", stream_arn));
  }
  return streams_->Find(arn->region, arn->cluster_identifier,
                        arn->stream_identifier);
}

absl::StatusOr<postgres::ConnectionParameters> FakeDsqlCore::ConnectionInfo(
    const Cluster& cluster) {
  DSQL_RETURN_IF_ERROR(CheckRows());
  DSQL_ASSIGN_OR_RETURN(
      postgres::ConnectionParameters parameters,
      rows_->Connection(cluster.region(), cluster.identifier()));
  if (options_.gateway.tokens) {
    DSQL_ASSIGN_OR_RETURN(parameters.password,
                          GenerateToken(cluster, kDbConnectAdmin, {}));
  } else if (parameters.password.empty()) {
    parameters.password = options_.postgres.password;
  }
  return parameters;
}

absl::StatusOr<std::string> FakeDsqlCore::Endpoint(const Cluster& cluster) {
  DSQL_RETURN_IF_ERROR(CheckRows());
  DSQL_RETURN_IF_ERROR(
      control_->GetClusterState(cluster.region(), cluster.identifier())
          .status());
  return rows_->Endpoint(cluster.region(), cluster.identifier());
}

absl::StatusOr<std::string> FakeDsqlCore::GenerateToken(
    const Cluster& cluster, absl::string_view action,
    const AuthTokenOptions& options) {
  DSQL_ASSIGN_OR_RETURN(const std::string host, Endpoint(cluster));
  return GenerateTokenFor(host, cluster, action, options);
}

std::string FakeDsqlCore::GenerateTokenFor(const std::string& host,
                                           const Cluster& cluster,
                                           absl::string_view action,
                                           const AuthTokenOptions& options) {
  AuthTokenRequest request;
  request.host = host;
  request.region = cluster.region();
  request.action = std::string(action);
  request.expires = options.expires;
  return GenerateAuthToken(
      request, options.credentials.value_or(RootCredentials(options_)),
      options_.signature_clock->Now());
}

absl::StatusOr<std::shared_ptr<JobRunner>> FakeDsqlCore::Jobs(
    const Cluster& cluster) {
  DSQL_RETURN_IF_ERROR(CheckRows());
  return rows_->Jobs(cluster.region(), cluster.identifier());
}

std::shared_ptr<DatabaseServers> FakeDsqlCore::MakeServers() {
  if (data_dir_ != nullptr) {
    durable_servers_ = std::make_shared<DurableServers>(
        data_dir_->databases(), options_.server_pool_options(),
        MakeEncryption());
    return durable_servers_;
  }
  if (options_.postgres.pool == nullptr) {
    own_pool_ =
        std::make_shared<postgres::ServerPool>(options_.server_pool_options());
    options_.postgres.pool = own_pool_;
  }
  return std::make_shared<PooledServers>(options_.postgres.pool);
}

Encryption FakeDsqlCore::MakeEncryption() {
  Encryption encryption;
  // A cluster may outlive the one that its database is named for, so all are
  // looked at.
  encryption.find_keys = [this](const std::string& database_id)
      -> absl::StatusOr<std::vector<sealed::ClusterKey>> {
    std::vector<sealed::ClusterKey> keys;
    DSQL_ASSIGN_OR_RETURN(const auto clusters, control_->ListClusterStates());
    for (const auto& cluster : clusters) {
      if (cluster.state.database_id != database_id ||
          cluster.state.kms_key_arn.empty()) {
        continue;
      }
      keys.push_back({cluster.cluster_identifier, cluster.state.kms_key_arn});
    }
    return keys;
  };
  encryption.wrapper = std::make_shared<KmsKeyWrapper>(
      [this] { return &control_->kms(); }, options_.storage);
  return encryption;
}

PostgresDataPlane::Options FakeDsqlCore::RowOptions() {
  PostgresDataPlane::Options rows;
  rows.servers = MakeServers();
  if (data_dir_ != nullptr) {
    rows.certificates = data_dir_->certificates();
    rows.addresses = data_dir_->storage();
  }
  rows.find_cluster = [this](absl::string_view region, absl::string_view id) {
    return control_->GetClusterState(region, id);
  };
  rows.wake_cluster = [this](absl::string_view region, absl::string_view id) {
    return control_->WakeCluster(region, id);
  };
  rows.find_resource = [this](absl::string_view region, absl::string_view id) {
    return control_->FindPolicyResource(region, id);
  };
  rows.watch.interval = options_.storage->watch_interval();
  rows.watch.find_deleted = [this](absl::string_view region,
                                   const std::set<std::string>& identifiers) {
    // Another process may have changed the keys of the others.
    return control_->FindDeleted(
        region, identifiers,
        [&](absl::string_view id, const ControlPlane::ClusterState& state) {
          rows_->EndSessionsBy(state, region, id);
        });
  };
  rows.account_id = options_.account_id;
  rows.credentials = &credentials_;
  rows.signature_clock = options_.signature_clock;
  rows.endpoints = options_.gateway;
  rows.gateway = ToGatewayOptions(options_);
  rows.transactions = options_.transactions;
  rows.sql_log = options_.sql_log;
  rows.log = options_.log;
  rows.has_jobs = options_.gateway.dialect.enforce;
  rows.attach_streams = [this](const std::string& database_id,
                               const postgres::ConnectionParameters& server) {
    return streams_->Attach(database_id, server);
  };
  rows.learn_streams = [this](absl::string_view region, absl::string_view id) {
    streams_->Learn(region, id);
  };
  rows.streams_changed = [this](absl::string_view region,
                                absl::string_view id) {
    // Whoever asks for the stream is told.
    streams_->Refresh(region, id).IgnoreError();
  };
  return rows;
}

streams::ChangeStreams::Options FakeDsqlCore::StreamOptions() {
  streams::ChangeStreams::Options streams;
  streams.control = &*control_;
  streams.kinesis = &*kinesis_;
  streams.clock = options_.clock;
  streams.account_id = options_.account_id;
  streams.delivery = options_.streams;
  // Slots are of a whole server, and wal_level is its owner's to choose.
  const postgres::ServerPoolOptions servers =
      options_.postgres.pool == nullptr ? options_.server_pool_options()
                                        : options_.postgres.pool->options();
  streams.readable =
      options_.gateway.dialect.enforce && servers.external_conninfo.empty();
  streams.shared =
      options_.storage->watch_interval() < absl::InfiniteDuration();
  streams.durable = data_dir_ != nullptr;
  return streams;
}

DsqlArn FakeDsqlCore::ArnOf(absl::string_view identifier_or_arn) const {
  const auto parsed = DsqlArn::Parse(identifier_or_arn);
  return parsed.has_value()
             ? *parsed
             : DsqlArn::Cluster(options_.default_region, options_.account_id,
                                identifier_or_arn);
}

absl::Status FakeDsqlCore::CheckRows() const {
  return rows_.has_value() ? absl::OkStatus() : NoRows();
}

}  // namespace dsql
