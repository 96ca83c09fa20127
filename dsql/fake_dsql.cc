#include "dsql/fake_dsql.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/memory/memory.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/base/id_generator.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/control_plane.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/service_errors.h"
#include "dsql/http_endpoint.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/postgres_data_plane.h"
#include "dsql/storage/in_memory_storage.h"

namespace dsql {
namespace {

// How long requests in flight keep Stop() waiting.
constexpr absl::Duration kHttpDeadline = absl::Seconds(5);

absl::Status CheckOptions(const FakeDsqlOptions& options) {
  if (!IsAccountId(options.account_id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("FakeDsqlOptions::account_id must be 12 digits, it is \"",
                     absl::CEscape(options.account_id), "\""));
  }
  if (!IsRegionName(options.default_region)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "FakeDsqlOptions::default_region must be a Region such as us-east-1, "
        "it is \"",
        absl::CEscape(options.default_region), "\""));
  }
  return absl::OkStatus();
}

ControlPlaneOptions ToControlPlaneOptions(const FakeDsqlOptions& options) {
  ControlPlaneOptions control;
  control.account_id = options.account_id;
  control.identifier_style = options.identifier_style;
  control.quotas = options.quotas;
  control.durations = options.durations.has_value() ? *options.durations
                      : options.clock != nullptr
                          ? LifecycleDurations::AwsLike()
                          : LifecycleDurations::Immediate();
  return control;
}

Credentials TestCredentials(const FakeDsqlOptions& options) {
  Credentials credentials;
  credentials.access_key_id = options.http.access_key_id;
  credentials.secret_access_key = options.http.secret_access_key;
  credentials.principal_arn =
      absl::StrCat("arn:aws:iam::", options.account_id, ":root");
  return credentials;
}

// Source: facts 1.6; 16 throughout, whatever PostgreSQL is underneath.
constexpr char kServerVersion[] = "16.15";

GatewayOptions GatewayOptionsOf(const FakeDsqlOptions& options) {
  GatewayOptions gateway;
  gateway.clock = options.clock;
  gateway.tls_required = options.gateway.tls;
  gateway.session_life = options.gateway.session_life;
  gateway.dialect = options.gateway.dialect;
  if (gateway.dialect.enforce) {
    gateway.reported_parameters["server_version"] = kServerVersion;
  }
  gateway.connection_quotas = options.gateway.quotas;
  gateway.dialect.trace_row_locks = options.transactions.optimistic;
  gateway.dialect.visible_catalogs = options.transactions.optimistic;
  return gateway;
}

}  // namespace

class FakeDsql::Impl {
 public:
  explicit Impl(FakeDsqlOptions options) : options_(std::move(options)) {
    // Before the clock is filled in, because durations depend on it.
    ControlPlaneOptions control = ToControlPlaneOptions(options_);
    if (options_.clock == nullptr) options_.clock = &system_clock_;
    if (options_.ids == nullptr) options_.ids = &random_ids_;
    if (options_.storage == nullptr) options_.storage = &memory_;
    DataPlane* data_plane = &no_rows_;
    if (options_.postgres.enabled) {
      if (options_.postgres.pool == nullptr) {
        own_pool_ = std::make_shared<postgres::ServerPool>(
            options_.postgres.pool_options);
        options_.postgres.pool = own_pool_;
      }
      rows_.emplace(RowOptions());
      data_plane = &*rows_;
    }
    control_.emplace(std::move(control), options_.storage, options_.clock,
                     options_.ids, data_plane);
    credentials_.Put(TestCredentials(options_));
  }

  ~Impl() { Stop().IgnoreError(); }

  absl::Status StartHttp() {
    if (!options_.http.enabled) return absl::OkStatus();
    DSQL_ASSIGN_OR_RETURN(
        http_, HttpEndpoint::Start(
                   options_.http, options_.default_region,
                   {&*control_, &credentials_, options_.clock, options_.ids}));
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> HttpUrl() {
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

  ControlPlane& control() { return *control_; }
  CredentialStore& credentials() { return credentials_; }
  const FakeDsqlOptions& options() const { return options_; }

  absl::string_view RegionOr(absl::string_view region) const {
    return region.empty() ? absl::string_view(options_.default_region) : region;
  }

  absl::StatusOr<postgres::ConnectionParameters> ConnectionInfo(
      absl::string_view cluster) {
    DSQL_ASSIGN_OR_RETURN(const DsqlArn arn, FindRows(cluster));
    DSQL_ASSIGN_OR_RETURN(
        postgres::ConnectionParameters parameters,
        rows_->Connection(arn.region, arn.cluster_identifier));
    if (options_.gateway.tokens) {
      DSQL_ASSIGN_OR_RETURN(parameters.password,
                            GenerateToken(cluster, kDbConnectAdmin, {}));
    } else if (parameters.password.empty()) {
      parameters.password = options_.postgres.password;
    }
    return parameters;
  }

  absl::StatusOr<std::shared_ptr<JobRunner>> FindJobs(
      absl::string_view cluster) {
    DSQL_ASSIGN_OR_RETURN(const DsqlArn arn, FindRows(cluster));
    return rows_->Jobs(arn.region, arn.cluster_identifier);
  }

  absl::Status SetClusterStatus(absl::string_view cluster,
                                v1::ClusterStatus::Value status) {
    const DsqlArn arn = ArnOf(cluster);
    if (arn.account_id != options_.account_id) return NotOurs(arn);
    return control_->SetClusterStatus(arn.region, arn.cluster_identifier,
                                      status);
  }

  absl::StatusOr<ConnectionFaults*> FindConnectionFaults(
      absl::string_view cluster) {
    DSQL_ASSIGN_OR_RETURN(const DsqlArn arn, FindRows(cluster));
    return &rows_->faults(arn.region, arn.cluster_identifier);
  }

  absl::StatusOr<std::string> CertificateFile() {
    if (!rows_.has_value() || !options_.gateway.tls) {
      return absl::FailedPreconditionError(
          "The endpoints of this FakeDsql have no TLS: "
          "FakeDsqlOptions::gateway.tls or postgres.enabled is false");
    }
    return rows_->CertificateFile();
  }

  absl::StatusOr<std::string> GenerateToken(absl::string_view cluster,
                                            absl::string_view action,
                                            const AuthTokenOptions& options) {
    DSQL_ASSIGN_OR_RETURN(const DsqlArn arn, FindRows(cluster));
    AuthTokenRequest request;
    DSQL_ASSIGN_OR_RETURN(request.host,
                          rows_->Endpoint(arn.region, arn.cluster_identifier));
    request.region = arn.region;
    request.action = std::string(action);
    request.expires = options.expires;
    return GenerateAuthToken(
        request, options.credentials.value_or(TestCredentials(options_)),
        options_.clock->Now());
  }

  absl::Status Stop() {
    absl::MutexLock lock(&stop_mutex_);
    if (stopped_) return absl::OkStatus();
    stopped_ = true;
    control_->Stop();
    if (http_ != nullptr) http_->Stop(kHttpDeadline);
    if (rows_.has_value()) rows_->Stop();
    return own_pool_ == nullptr ? absl::OkStatus() : own_pool_->Stop();
  }

  TransactionControls& transactions(absl::string_view cluster) {
    const absl::StatusOr<DsqlArn> arn = FindRows(cluster);
    if (!arn.ok()) return no_transactions_;
    return *rows_->Transactions(arn->region, arn->cluster_identifier);
  }

 private:
  PostgresDataPlane::Options RowOptions() {
    PostgresDataPlane::Options rows;
    rows.pool = options_.postgres.pool;
    rows.find_cluster = [this](absl::string_view region, absl::string_view id) {
      return control_->GetClusterState(region, id);
    };
    rows.wake_cluster = [this](absl::string_view region, absl::string_view id) {
      return control_->SetClusterStatus(region, id, v1::ClusterStatus::ACTIVE);
    };
    rows.find_policy = [this](absl::string_view region, absl::string_view id) {
      return control_->FindClusterPolicy(region, id);
    };
    rows.account_id = options_.account_id;
    rows.credentials = &credentials_;
    rows.endpoints = options_.gateway;
    rows.gateway = GatewayOptionsOf(options_);
    rows.transactions = options_.transactions;
    rows.has_jobs = options_.gateway.dialect.enforce;
    return rows;
  }

  DsqlArn ArnOf(absl::string_view cluster) const {
    const auto parsed = DsqlArn::Parse(cluster);
    return parsed.has_value() ? *parsed
                              : DsqlArn::Cluster(options_.default_region,
                                                 options_.account_id, cluster);
  }

  static absl::Status NotOurs(const DsqlArn& arn) {
    return ClusterNotFound(arn.region, arn.account_id, arn.cluster_identifier);
  }

  // The cluster that `cluster` names, if there are rows at all.
  absl::StatusOr<DsqlArn> FindRows(absl::string_view cluster) const {
    const DsqlArn arn = ArnOf(cluster);
    if (arn.account_id != options_.account_id) return NotOurs(arn);
    if (!rows_.has_value()) {
      return absl::FailedPreconditionError(
          "This FakeDsql holds no rows: FakeDsqlOptions::postgres.enabled is "
          "false");
    }
    return arn;
  }

  FakeDsqlOptions options_;
  SystemClock system_clock_;
  RandomIdGenerator random_ids_;
  InMemoryStorage memory_;
  NullDataPlane no_rows_;
  std::shared_ptr<postgres::ServerPool> own_pool_;
  absl::optional<PostgresDataPlane> rows_;
  absl::optional<ControlPlane> control_;
  CredentialStore credentials_;
  // Of clusters that hold no rows.
  TransactionControls no_transactions_;
  // Set once, by StartHttp().
  std::unique_ptr<HttpEndpoint> http_;
  absl::Mutex stop_mutex_;
  bool stopped_ ABSL_GUARDED_BY(stop_mutex_) = false;
};

absl::StatusOr<std::unique_ptr<FakeDsql>> FakeDsql::Create(
    FakeDsqlOptions options) {
  DSQL_RETURN_IF_ERROR(CheckOptions(options));
  auto impl = std::make_unique<Impl>(std::move(options));
  DSQL_RETURN_IF_ERROR(impl->StartHttp());
  return absl::WrapUnique(new FakeDsql(std::move(impl)));
}

FakeDsql::FakeDsql(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

FakeDsql::~FakeDsql() = default;

ClusterManager& FakeDsql::clusters(absl::string_view region) {
  return impl_->control().clusters(impl_->RegionOr(region));
}

StreamManager& FakeDsql::streams(absl::string_view region) {
  return impl_->control().streams(impl_->RegionOr(region));
}

PolicyManager& FakeDsql::policies(absl::string_view region) {
  return impl_->control().policies(impl_->RegionOr(region));
}

TagManager& FakeDsql::tags(absl::string_view region) {
  return impl_->control().tags(impl_->RegionOr(region));
}

absl::StatusOr<postgres::ConnectionParameters> FakeDsql::ConnectionInfo(
    absl::string_view cluster) {
  return impl_->ConnectionInfo(cluster);
}

absl::StatusOr<std::string> FakeDsql::certificate_file() {
  return impl_->CertificateFile();
}

absl::StatusOr<std::string> FakeDsql::GenerateDbConnectAdminAuthToken(
    absl::string_view cluster, const AuthTokenOptions& options) {
  return impl_->GenerateToken(cluster, kDbConnectAdmin, options);
}

absl::StatusOr<std::string> FakeDsql::GenerateDbConnectAuthToken(
    absl::string_view cluster, const AuthTokenOptions& options) {
  return impl_->GenerateToken(cluster, kDbConnect, options);
}

absl::StatusOr<ConnectionFaults*> FakeDsql::connection_faults(
    absl::string_view cluster) {
  return impl_->FindConnectionFaults(cluster);
}

absl::Status FakeDsql::HoldJobs(absl::string_view cluster, JobHold hold) {
  DSQL_ASSIGN_OR_RETURN(const auto jobs, impl_->FindJobs(cluster));
  jobs->HoldJobs(hold);
  return absl::OkStatus();
}

absl::Status FakeDsql::ReleaseJobs(absl::string_view cluster) {
  DSQL_ASSIGN_OR_RETURN(const auto jobs, impl_->FindJobs(cluster));
  jobs->ReleaseJobs();
  return absl::OkStatus();
}

absl::Status FakeDsql::SetClusterStatus(absl::string_view cluster,
                                        v1::ClusterStatus::Value status) {
  return impl_->SetClusterStatus(cluster, status);
}

absl::StatusOr<postgres::Connection> FakeDsql::Connect(
    absl::string_view cluster) {
  DSQL_ASSIGN_OR_RETURN(const postgres::ConnectionParameters parameters,
                        impl_->ConnectionInfo(cluster));
  return postgres::Connection::Open(parameters.ToConninfo(),
                                    absl::Now() + absl::Seconds(30));
}

absl::StatusOr<std::string> FakeDsql::http_endpoint() {
  return impl_->HttpUrl();
}

TransactionControls& FakeDsql::transactions(absl::string_view cluster) {
  return impl_->transactions(cluster);
}

CredentialStore& FakeDsql::credentials() { return impl_->credentials(); }

Clock& FakeDsql::clock() { return *impl_->options().clock; }

FaultInjector& FakeDsql::faults() { return impl_->control().faults(); }

CallLog& FakeDsql::calls() { return impl_->control().calls(); }

absl::Status FakeDsql::Stop() { return impl_->Stop(); }

}  // namespace dsql
