// SPDX-License-Identifier: Apache-2.0

// What a FakeDsql is made of, wired.

#ifndef DSQL_FAKE_DSQL_CORE_H_
#define DSQL_FAKE_DSQL_CORE_H_

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/auth_token_options.h"
#include "dsql/aws/arn.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/change_stream.h"
#include "dsql/cluster.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/control/control_plane.h"
#include "dsql/control/data_plane.h"
#include "dsql/data_dir.h"
#include "dsql/database_servers.h"
#include "dsql/durable_servers.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/fake_dsql_snapshot.h"
#include "dsql/http_endpoint.h"
#include "dsql/iam/credentials.h"
#include "dsql/jobs/job_runner.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/postgres_data_plane.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/streams/change_streams.h"
#include "dsql/streams/kinesis/kinesis.h"
#include "dsql/streams/stream_delivery.h"
#include "dsql/v1/dsql.pb.h"
#include "dsql/vpc_endpoint.h"

namespace dsql {

class DsqlClient;
struct AssumeRoleInput;

// FakeDsqlCore owns the parts of a FakeDsql and makes them know each other.
// Shared with the handles on its clusters, so that they may outlive it.
//
// Thread-safe.
class FakeDsqlCore : public std::enable_shared_from_this<FakeDsqlCore> {
 public:
  // Requires: CheckOptions(options) is OK, and `data_dir` is what they name, or
  // null.
  FakeDsqlCore(FakeDsqlOptions options, std::unique_ptr<DataDir> data_dir);
  ~FakeDsqlCore();

  // Opens what a process before has left in the data_dir, and then the HTTP
  // endpoint.
  absl::Status Start();

  ControlPlane& control() { return *control_; }
  CredentialStore& credentials() { return credentials_; }
  std::unique_ptr<DsqlClient> As(const Credentials& principal);
  absl::StatusOr<Credentials> AssumeRole(const AssumeRoleInput& input);
  kinesis::Kinesis& kinesis() { return *kinesis_; }
  const FakeDsqlOptions& options() const { return options_; }
  absl::string_view RegionOr(absl::string_view region) const;
  absl::StatusOr<std::string> HttpUrl();
  absl::StatusOr<std::string> CertificateFile();
  std::map<std::string, std::string> Environment();
  absl::Status Stop();

  // The handle on a cluster that is there.
  absl::StatusOr<Cluster> Find(absl::string_view identifier_or_arn);

  // The handle on a stream that is there, given by its ARN.
  absl::StatusOr<ChangeStream> FindStream(absl::string_view arn);
  absl::StatusOr<std::shared_ptr<streams::StreamDelivery>> Delivery(
      absl::string_view stream_arn);
  streams::ChangeStreams& change_streams() { return *streams_; }

  // What the handle asks.
  absl::StatusOr<postgres::ConnectionParameters> ConnectionInfo(
      const Cluster& cluster);
  absl::StatusOr<std::string> Endpoint(const Cluster& cluster);
  absl::StatusOr<std::string> GenerateToken(const Cluster& cluster,
                                            absl::string_view action,
                                            const AuthTokenOptions& options);
  absl::StatusOr<std::string> WebSocketUrl(const Cluster& cluster);
  absl::StatusOr<std::shared_ptr<JobRunner>> Jobs(const Cluster& cluster);
  absl::StatusOr<ClusterSnapshot> Snapshot(const Cluster& cluster);
  absl::Status Restore(const Cluster& cluster, const ClusterSnapshot& snapshot);

  // See VpcEndpoint.
  absl::StatusOr<VpcEndpoint> CreateVpcEndpoint(
      const VpcEndpointOptions& options);
  absl::Status DeleteVpcEndpoint(const VpcEndpoint& endpoint);
  // How the cluster is reached by the address of `endpoint`, with a token for
  // `token_host`; the name is the caller's to set.
  absl::StatusOr<postgres::ConnectionParameters> PrivateConnectionInfo(
      const VpcEndpoint& endpoint, const Cluster& cluster,
      const std::string& token_host);

  // What FakeDsql is asked.
  absl::Status WriteHostsFile(const std::string& path);
  absl::StatusOr<FakeDsqlSnapshot> Snapshot();
  absl::Status Restore(const FakeDsqlSnapshot& snapshot);

 private:
  PostgresDataPlane::Options RowOptions();
  std::shared_ptr<DatabaseServers> MakeServers();
  // How rows in the data_dir are encrypted.
  Encryption MakeEncryption();
  // Has the endpoints be those of the clusters that there are, and the rows in
  // the data_dir.
  absl::Status Reopen();
  // Of the clusters that are not deleted.
  absl::StatusOr<std::set<std::string>> DatabaseIds();
  // Of the clusters that there are, and of those that were there `before`.
  absl::Status RestoreRows(const FakeDsqlSnapshot::Content& content,
                           const std::set<std::string>& before);
  absl::Status StartHttp();
  streams::ChangeStreams::Options StreamOptions();
  DsqlArn ArnOf(absl::string_view identifier_or_arn) const;
  absl::Status CheckRows() const;
  std::string GenerateTokenFor(const std::string& host, const Cluster& cluster,
                               absl::string_view action,
                               const AuthTokenOptions& options);

  FakeDsqlOptions options_;
  // Null: nothing is kept.
  const std::unique_ptr<DataDir> data_dir_;
  // The rows in it; null: elsewhere.
  std::shared_ptr<DurableServers> durable_servers_;
  SystemClock system_clock_;
  RandomIdGenerator random_ids_;
  InMemoryStorage memory_;
  NullDataPlane no_rows_;
  std::shared_ptr<postgres::ServerPool> own_pool_;
  // Outlives the servers that are attached to it.
  absl::optional<streams::ChangeStreams> streams_;
  absl::optional<PostgresDataPlane> rows_;
  absl::optional<ControlPlane> control_;
  CredentialStore credentials_;
  // Not those of clusters, whose identifiers would change with each session.
  RandomIdGenerator access_keys_;
  absl::optional<kinesis::Kinesis> kinesis_;
  // Set once, by Start().
  std::unique_ptr<HttpEndpoint> http_;
  absl::Mutex stop_mutex_;
  bool stopped_ ABSL_GUARDED_BY(stop_mutex_) = false;
};

}  // namespace dsql

#endif  // DSQL_FAKE_DSQL_CORE_H_
