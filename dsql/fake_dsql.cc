// SPDX-License-Identifier: Apache-2.0

#include "dsql/fake_dsql.h"

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/check_options.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/data_dir.h"
#include "dsql/dsql_client.h"
#include "dsql/fake_dsql_core.h"
#include "dsql/fake_dsql_snapshot.h"
#include "dsql/postgres/external_server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {
namespace {

// What CreateCluster is asked for one of a pair: PENDING_SETUP until it has a
// peer.
v1::CreateClusterInput PeerInput(absl::string_view witness_region) {
  v1::CreateClusterInput input;
  input.set_deletion_protection_enabled(false);
  input.mutable_multi_region_properties()->set_witness_region(
      std::string(witness_region));
  return input;
}

v1::UpdateClusterInput LinkInput(const std::string& identifier,
                                 const std::string& peer_arn,
                                 absl::string_view witness_region) {
  v1::UpdateClusterInput input;
  input.set_identifier(identifier);
  input.mutable_multi_region_properties()->set_witness_region(
      std::string(witness_region));
  input.mutable_multi_region_properties()->add_clusters(peer_arn);
  return input;
}

// A server that runs already is looked at before anything depends on it; one of
// our own is as it has to be.
absl::Status CheckServer(const FakeDsqlOptions& options) {
  if (!options.postgres.enabled || !options.gateway.dialect.enforce)
    return absl::OkStatus();
  const postgres::ServerPoolOptions& pool =
      options.postgres.pool == nullptr ? options.postgres.pool_options
                                       : options.postgres.pool->options();
  return pool.external_conninfo.empty() ? absl::OkStatus()
                                        : postgres::CheckExternalServer(pool);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FakeDsql>> FakeDsql::Create(
    FakeDsqlOptions options) {
  DSQL_RETURN_IF_ERROR(CheckOptions(options));
  DSQL_RETURN_IF_ERROR(CheckServer(options));
  std::unique_ptr<DataDir> data_dir;
  if (!options.data_dir.empty()) {
    DSQL_ASSIGN_OR_RETURN(data_dir, DataDir::Open(options.data_dir));
  }
  auto core =
      std::make_shared<FakeDsqlCore>(std::move(options), std::move(data_dir));
  DSQL_RETURN_IF_ERROR(core->Start());
  return absl::WrapUnique(new FakeDsql(std::move(core)));
}

FakeDsql::FakeDsql(std::shared_ptr<FakeDsqlCore> core)
    : core_(std::move(core)) {}

// A handle that is just used keeps the core for a moment longer, stopped.
FakeDsql::~FakeDsql() { core_->Stop().IgnoreError(); }

ClusterManager& FakeDsql::clusters(absl::string_view region) {
  return core_->control().clusters(core_->RegionOr(region));
}

StreamManager& FakeDsql::streams(absl::string_view region) {
  return core_->control().streams(core_->RegionOr(region));
}

PolicyManager& FakeDsql::policies(absl::string_view region) {
  return core_->control().policies(core_->RegionOr(region));
}

TagManager& FakeDsql::tags(absl::string_view region) {
  return core_->control().tags(core_->RegionOr(region));
}

absl::StatusOr<Cluster> FakeDsql::cluster(absl::string_view identifier_or_arn) {
  return core_->Find(identifier_or_arn);
}

absl::StatusOr<Cluster> FakeDsql::CreateCluster(absl::string_view region) {
  v1::CreateClusterInput input;
  input.set_deletion_protection_enabled(false);
  DSQL_ASSIGN_OR_RETURN(const v1::CreateClusterOutput created,
                        clusters(region).CreateCluster(input));
  DSQL_ASSIGN_OR_RETURN(Cluster cluster, core_->Find(created.arn()));
  DSQL_RETURN_IF_ERROR(cluster.WaitUntilActive());
  return cluster;
}

absl::StatusOr<Cluster> FakeDsql::CreateCluster(const ClusterSnapshot& snapshot,
                                                absl::string_view region) {
  DSQL_ASSIGN_OR_RETURN(Cluster cluster, CreateCluster(region));
  const absl::Status restored = cluster.Restore(snapshot);
  if (restored.ok()) return cluster;
  v1::DeleteClusterInput input;
  input.set_identifier(cluster.identifier());
  clusters(region).DeleteCluster(input).status().IgnoreError();
  return restored;
}

absl::StatusOr<std::pair<Cluster, Cluster>> FakeDsql::CreateClusterPair(
    absl::string_view region, absl::string_view peer_region,
    absl::string_view witness_region) {
  DSQL_ASSIGN_OR_RETURN(
      const v1::CreateClusterOutput first,
      clusters(region).CreateCluster(PeerInput(witness_region)));
  v1::CreateClusterInput input = PeerInput(witness_region);
  input.mutable_multi_region_properties()->add_clusters(first.arn());
  DSQL_ASSIGN_OR_RETURN(const v1::CreateClusterOutput second,
                        clusters(peer_region).CreateCluster(input));
  DSQL_RETURN_IF_ERROR(
      clusters(region)
          .UpdateCluster(
              LinkInput(first.identifier(), second.arn(), witness_region))
          .status());
  DSQL_ASSIGN_OR_RETURN(Cluster cluster, core_->Find(first.arn()));
  DSQL_ASSIGN_OR_RETURN(Cluster peer, core_->Find(second.arn()));
  DSQL_RETURN_IF_ERROR(cluster.WaitUntilActive());
  DSQL_RETURN_IF_ERROR(peer.WaitUntilActive());
  return std::make_pair(std::move(cluster), std::move(peer));
}

absl::StatusOr<VpcEndpoint> FakeDsql::CreateVpcEndpoint(
    const VpcEndpointOptions& options) {
  return core_->CreateVpcEndpoint(options);
}

absl::Status FakeDsql::WriteHostsFile(const std::string& path) {
  return core_->WriteHostsFile(path);
}

absl::StatusOr<FakeDsqlSnapshot> FakeDsql::Snapshot() {
  return core_->Snapshot();
}

absl::Status FakeDsql::Restore(const FakeDsqlSnapshot& snapshot) {
  return core_->Restore(snapshot);
}

absl::StatusOr<ChangeStream> FakeDsql::stream(absl::string_view arn) {
  return core_->FindStream(arn);
}

absl::StatusOr<std::string> FakeDsql::certificate_file() {
  return core_->CertificateFile();
}

absl::StatusOr<std::string> FakeDsql::http_endpoint() {
  return core_->HttpUrl();
}

std::map<std::string, std::string> FakeDsql::Environment() {
  return core_->Environment();
}

CredentialStore& FakeDsql::credentials() { return core_->credentials(); }

std::unique_ptr<DsqlClient> FakeDsql::As(const Credentials& principal) {
  return core_->As(principal);
}

absl::StatusOr<Credentials> FakeDsql::AssumeRole(const AssumeRoleInput& input) {
  return core_->AssumeRole(input);
}

kinesis::Kinesis& FakeDsql::kinesis() { return core_->kinesis(); }

kms::Kms& FakeDsql::kms() { return core_->control().kms(); }

Clock& FakeDsql::clock() { return *core_->options().clock; }

FaultInjector& FakeDsql::faults() { return core_->control().faults(); }

CallLog& FakeDsql::calls() { return core_->control().calls(); }

absl::Status FakeDsql::Stop() { return core_->Stop(); }

}  // namespace dsql
