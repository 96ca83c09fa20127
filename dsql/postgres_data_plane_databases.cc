// SPDX-License-Identifier: Apache-2.0

// What is behind the endpoints of PostgresDataPlane: databases, the servers
// that they are on, and where those come from.

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/aws/has_shape.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/jobs/postgres_job_database.h"
#include "dsql/postgres_data_plane.h"

namespace dsql {
namespace {

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

// AWS publishes neither the text nor the SQLSTATE.
absl::Status KeyInaccessible(const std::string& cluster_identifier) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("08006");
  detail.set_message(
      absl::StrCat("unable to accept connection, the KMS key of cluster ",
                   cluster_identifier, " is inaccessible"));
  detail.set_hint(
      "Its encryptionStatus is KMS_KEY_INACCESSIBLE: have the key be enabled "
      "and its policy allow dsql.amazonaws.com, in a test by FakeDsql::kms(), "
      "and where FakeDsql was given a Clock, move it or call Propagate().");
  return SqlError(detail);
}

}  // namespace

bool PostgresDataPlane::IsDeleted(
    const absl::StatusOr<ControlPlane::ClusterState>& state) {
  if (state.ok()) return state->status == v1::ClusterStatus::DELETING;
  return HasShape(state.status(), v1::AwsError::ResourceNotFoundException);
}

PostgresDataPlane::Database::~Database() {
  absl::MutexLock lock(&mutex);
  EndUse(this);
  lease.Release();
  // What is left is removed by who opens the data_dir next.
  if (deleted) servers->Remove(id).IgnoreError();
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

absl::StatusOr<std::shared_ptr<PostgresDataPlane::Database>>
PostgresDataPlane::Open(const std::string& region,
                        const std::string& cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(const std::string id,
                        DatabaseId(region, cluster_identifier));
  DSQL_ASSIGN_OR_RETURN(
      std::shared_ptr<Database> database,
      GetDatabase(ClusterName(region, cluster_identifier), id));
  watch_.Add(region, cluster_identifier);
  // Once more: had it been deleted since, nobody would close the database.
  const absl::StatusOr<ControlPlane::ClusterState> now =
      options_.find_cluster(region, cluster_identifier);
  if (IsDeleted(now)) Close(region, cluster_identifier);
  DSQL_RETURN_IF_ERROR(now.status());
  if (!AdmitsConnections(now->status))
    return NotConnectable(cluster_identifier, now->status);
  return database;
}

absl::StatusOr<ClusterAccess::Server> PostgresDataPlane::OpenServer(
    const std::string& region, const std::string& cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(const std::shared_ptr<Database> shared,
                        Open(region, cluster_identifier));
  Database* const database = shared.get();
  if (options_.learn_streams != nullptr)
    options_.learn_streams(region, cluster_identifier);
  absl::MutexLock lock(&database->mutex);
  DSQL_RETURN_IF_ERROR(EnsureServer(database));
  return ClusterAccess::Server{database->lease.connection(),
                               database->lease.internal_connection(),
                               database->jobs};
}

absl::StatusOr<std::shared_ptr<postgres::DataSnapshot>>
PostgresDataPlane::Snapshot(absl::string_view region,
                            absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      const std::shared_ptr<Database> database,
      Open(std::string(region), std::string(cluster_identifier)));
  return SnapshotOf(database.get());
}

absl::StatusOr<std::shared_ptr<postgres::DataSnapshot>>
PostgresDataPlane::SnapshotDatabase(const std::string& database_id) {
  DSQL_ASSIGN_OR_RETURN(const std::shared_ptr<Database> database,
                        GetDatabase(database_id));
  {
    absl::MutexLock lock(&database->mutex);
    if (!database->lease.valid() && !options_.servers->HasRows(database_id))
      return std::shared_ptr<postgres::DataSnapshot>();
  }
  return SnapshotOf(database.get());
}

absl::StatusOr<std::shared_ptr<postgres::DataSnapshot>>
PostgresDataPlane::SnapshotOf(Database* database) {
  absl::MutexLock lock(&database->mutex);
  DSQL_RETURN_IF_ERROR(EnsureServer(database));
  DSQL_ASSIGN_OR_RETURN(
      auto snapshot, postgres::DataSnapshot::Take(database->lease,
                                                  options_.servers->options()));
  // Whoever goes back to it finds a server that runs already.
  options_.servers->Expect(snapshot.get());
  return snapshot;
}

absl::Status PostgresDataPlane::Restore(
    absl::string_view region, absl::string_view cluster_identifier,
    std::shared_ptr<postgres::DataSnapshot> snapshot) {
  DSQL_ASSIGN_OR_RETURN(
      const std::shared_ptr<Database> database,
      Open(std::string(region), std::string(cluster_identifier)));
  return RestoreOf(database.get(), std::move(snapshot));
}

absl::Status PostgresDataPlane::CheckFits(
    postgres::DataSnapshot* snapshot) const {
  return snapshot->Pool(options_.servers->options()).status();
}

absl::Status PostgresDataPlane::RestoreDatabase(
    const std::string& database_id,
    std::shared_ptr<postgres::DataSnapshot> snapshot) {
  DSQL_ASSIGN_OR_RETURN(const std::shared_ptr<Database> shared,
                        GetDatabase(database_id));
  if (snapshot != nullptr) return RestoreOf(shared.get(), std::move(snapshot));
  Database* const database = shared.get();
  absl::MutexLock lock(&database->mutex);
  EndUse(database);
  if (database->lease.valid()) database->lease.EndSessions().IgnoreError();
  database->lease.Release();
  return options_.servers->Remove(database_id);
}

absl::Status PostgresDataPlane::RestoreOf(
    Database* database, std::shared_ptr<postgres::DataSnapshot> snapshot) {
  absl::MutexLock lock(&database->mutex);
  absl::StatusOr<postgres::Lease> lease = options_.servers->Restore(
      database->id, std::move(snapshot), &database->lease,
      [database]() ABSL_NO_THREAD_SAFETY_ANALYSIS { EndUse(database); });
  DSQL_RETURN_IF_ERROR(lease.status());
  database->lease = *std::move(lease);
  if (database->lease.valid()) StartUse(database);
  return absl::OkStatus();
}

absl::StatusOr<std::string> PostgresDataPlane::DatabaseId(
    const std::string& region, const std::string& cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(ControlPlane::ClusterState state,
                        options_.find_cluster(region, cluster_identifier));
  if (state.encryption_status == v1::EncryptionStatus::KMS_KEY_INACCESSIBLE)
    return KeyInaccessible(cluster_identifier);
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
  return FindDatabase(database_id);
}

absl::StatusOr<std::shared_ptr<PostgresDataPlane::Database>>
PostgresDataPlane::GetDatabase(const std::string& database_id) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopped();
  return FindDatabase(database_id);
}

std::shared_ptr<PostgresDataPlane::Database> PostgresDataPlane::FindDatabase(
    const std::string& database_id) {
  std::shared_ptr<Database>& database = databases_[database_id];
  if (database == nullptr)
    database = std::make_shared<Database>(database_id, options_.servers);
  return database;
}

absl::Status PostgresDataPlane::EnsureServer(Database* database) {
  if (database->lease.valid()) {
    const absl::Status health = database->lease.Health();
    if (health.ok() || !options_.servers->durable()) return health;
    // Its rows are still there.
    EndUse(database);
    database->lease.Release();
  }
  DSQL_ASSIGN_OR_RETURN(database->lease, options_.servers->Open(database->id));
  StartUse(database);
  return database->lease.Health();
}

void PostgresDataPlane::StartUse(Database* database) {
  if (options_.attach_streams != nullptr) {
    database->streams = options_.attach_streams(
        database->id, database->lease.internal_connection());
  }
  if (!options_.has_jobs) return;
  database->jobs = std::make_shared<JobRunner>(
      std::make_unique<PostgresJobDatabase>(
          database->lease.internal_connection()),
      options_.gateway.clock,
      [this, id = database->id] { NotifyCatalogChanged(id); });
  // There may be jobs that a process before has not finished.
  if (options_.servers->durable()) database->jobs->Notify();
}

void PostgresDataPlane::EndUse(Database* database) {
  if (database->jobs != nullptr) database->jobs->Stop();
  database->streams.reset();
}

void PostgresDataPlane::OtherKey(absl::string_view region,
                                 absl::string_view cluster_identifier) {
  const auto state = options_.find_cluster(region, cluster_identifier);
  if (!state.ok()) return;
  // What was to come of the key before does not.
  EndSessionsBy(*state, region, cluster_identifier);
  const auto shared = GetDatabase(state->database_id);
  if (!shared.ok()) return;
  Database* const database = shared->get();
  absl::MutexLock lock(&database->mutex);
  // Where it fails, the next Open() tries again.
  options_.servers->TakeOverKeys(database->id).IgnoreError();
}

void PostgresDataPlane::NotifyCatalogChanged(const std::string& database_id) {
  absl::MutexLock lock(&mutex_);
  if (gateway_ == nullptr || optimistic_ == nullptr) return;
  for (const auto& cluster : database_ids_) {
    if (cluster.second != database_id) continue;
    // One is enough: the endpoints of a database share what is known of it.
    gateway_->Post([this, controls = ControlsOf(cluster.first).transactions] {
      optimistic_->ChangeCatalog(controls.get());
    });
    return;
  }
}

}  // namespace dsql
