// SPDX-License-Identifier: Apache-2.0

#include "dsql/cluster.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/auth_token_options.h"
#include "dsql/aws/has_shape.h"
#include "dsql/base/status_macros.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/fake_dsql_core.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/sql_log.h"
#include "dsql/iam/auth_token.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/wait_for_status.h"

namespace dsql {
namespace {

// How long a connection may take.
constexpr absl::Duration kConnectTimeout = absl::Seconds(30);

absl::Status NoFakeDsql() {
  return absl::FailedPreconditionError(
      "This Cluster is of a FakeDsql that was destroyed or could not be made");
}

// Whether a cluster in it becomes ACTIVE when time passes.
bool BecomesActive(v1::ClusterStatus::Value status) {
  return status == v1::ClusterStatus::CREATING ||
         status == v1::ClusterStatus::UPDATING;
}

std::string Text(const Cluster& cluster, v1::ClusterStatus::Value status) {
  return absl::StrCat("Cluster ", cluster.identifier(), " is ",
                      v1::ClusterStatus::Value_Name(status));
}

bool IsGone(const absl::Status& status) {
  return HasShape(status, v1::AwsError::ResourceNotFoundException);
}

}  // namespace

Cluster::Cluster()
    : faults_(std::make_shared<ConnectionFaults>(NoFakeDsql())),
      transactions_(std::make_shared<TransactionControls>(NoFakeDsql())),
      sql_log_(std::make_shared<SqlLog>()) {}

absl::StatusOr<std::shared_ptr<FakeDsqlCore>> Cluster::core() const {
  std::shared_ptr<FakeDsqlCore> core = core_.lock();
  if (core == nullptr) return NoFakeDsql();
  return core;
}

absl::StatusOr<std::string> Cluster::endpoint() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->Endpoint(*this);
}

absl::StatusOr<std::string> Cluster::WebSocketUrl() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->WebSocketUrl(*this);
}

absl::StatusOr<postgres::ConnectionParameters> Cluster::ConnectionInfo() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->ConnectionInfo(*this);
}

absl::StatusOr<postgres::Connection> Cluster::Connect() const {
  DSQL_ASSIGN_OR_RETURN(const postgres::ConnectionParameters parameters,
                        ConnectionInfo());
  return postgres::Connection::Open(parameters.ToConninfo(),
                                    absl::Now() + kConnectTimeout);
}

absl::StatusOr<std::map<std::string, std::string>> Cluster::Environment()
    const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const postgres::ConnectionParameters parameters,
                        core->ConnectionInfo(*this));
  std::map<std::string, std::string> environment = core->Environment();
  environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = region_;
  environment["PGHOST"] = parameters.host;
  environment["PGPORT"] = parameters.port;
  environment["PGUSER"] = parameters.user;
  environment["PGPASSWORD"] = parameters.password;
  environment["PGDATABASE"] = parameters.database;
  for (const auto& [parameter, variable] :
       {std::make_pair("hostaddr", "PGHOSTADDR"),
        std::make_pair("sslmode", "PGSSLMODE"),
        std::make_pair("sslrootcert", "PGSSLROOTCERT")}) {
    const auto found = parameters.others.find(parameter);
    if (found != parameters.others.end()) environment[variable] = found->second;
  }
  return environment;
}

absl::StatusOr<std::string> Cluster::GenerateDbConnectAdminAuthToken() const {
  return GenerateDbConnectAdminAuthToken(AuthTokenOptions());
}

absl::StatusOr<std::string> Cluster::GenerateDbConnectAdminAuthToken(
    const AuthTokenOptions& options) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->GenerateToken(*this, kDbConnectAdmin, options);
}

absl::StatusOr<std::string> Cluster::GenerateDbConnectAuthToken() const {
  return GenerateDbConnectAuthToken(AuthTokenOptions());
}

absl::StatusOr<std::string> Cluster::GenerateDbConnectAuthToken(
    const AuthTokenOptions& options) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->GenerateToken(*this, kDbConnect, options);
}

absl::Status Cluster::HoldJobs(JobHold hold) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto jobs, core->Jobs(*this));
  jobs->HoldJobs(hold);
  return absl::OkStatus();
}

absl::Status Cluster::ReleaseJobs() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto jobs, core->Jobs(*this));
  jobs->ReleaseJobs();
  return absl::OkStatus();
}

absl::StatusOr<ClusterSnapshot> Cluster::Snapshot() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->Snapshot(*this);
}

absl::Status Cluster::Restore(const ClusterSnapshot& snapshot) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->Restore(*this, snapshot);
}

absl::StatusOr<v1::ClusterStatus_Value> Cluster::status() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const ControlPlane::ClusterState state,
                        core->control().GetClusterState(region_, identifier_));
  return state.status;
}

absl::Status Cluster::SetStatus(v1::ClusterStatus_Value status) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->control().SetClusterStatus(region_, identifier_, status);
}

absl::Status Cluster::FlushStreams(absl::Duration timeout) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return core->change_streams().Flush(region_, identifier_,
                                      absl::Now() + timeout);
}

absl::Status Cluster::SetEncryptionStatus(
    v1::EncryptionStatus_Value status) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_RETURN_IF_ERROR(
      core->control().SetEncryptionStatus(region_, identifier_, status));
  return core->change_streams().Refresh(region_, identifier_);
}

absl::Status Cluster::SetStreamStatus(
    absl::string_view stream, v1::StreamStatus_Value status,
    v1::StreamFailureErrorCode_Value reason) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_RETURN_IF_ERROR(
      core->control().SetStreamStatus(region_, stream, status, reason));
  return core->change_streams().Refresh(region_, identifier_);
}

absl::Status Cluster::WaitUntilActive(absl::Duration timeout) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return WaitForStatus(
      core->options().clock, timeout, [&]() -> absl::StatusOr<std::string> {
        DSQL_ASSIGN_OR_RETURN(const v1::ClusterStatus_Value now, status());
        if (now == v1::ClusterStatus::ACTIVE) return "";
        if (BecomesActive(now)) return Text(*this, now);
        return absl::FailedPreconditionError(absl::StrCat(
            Text(*this, now), ", which time alone does not make ACTIVE"));
      });
}

absl::Status Cluster::WaitUntilDeleted(absl::Duration timeout) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return WaitForStatus(
      core->options().clock, timeout, [&]() -> absl::StatusOr<std::string> {
        const absl::StatusOr<v1::ClusterStatus_Value> now = status();
        if (IsGone(now.status())) return "";
        DSQL_RETURN_IF_ERROR(now.status());
        if (*now == v1::ClusterStatus::DELETING) return Text(*this, *now);
        return absl::FailedPreconditionError(absl::StrCat(
            Text(*this, *now), ", which time alone does not delete: ",
            *now == v1::ClusterStatus::PENDING_DELETE
                ? "its peer has to be deleted, too"
                : "call DeleteCluster"));
      });
}

}  // namespace dsql
