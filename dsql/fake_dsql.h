// SPDX-License-Identifier: Apache-2.0

// A fake of Amazon Aurora DSQL inside this process: the control plane by C++,
// the rows by libpq.
//
//   absl::StatusOr<std::unique_ptr<FakeDsql>> fake = FakeDsql::Create();
//   ASSERT_TRUE(fake.ok()) << fake.status();
//   absl::StatusOr<Cluster> cluster = (*fake)->CreateCluster();
//   ASSERT_TRUE(cluster.ok()) << cluster.status();
//   auto connection = cluster->Connect();
//   ASSERT_TRUE(connection.ok()) << connection.status();
//   auto rows = connection->Execute("SELECT 1");
//
// In a GoogleTest derive from FakeDsqlTest (dsql/testing/fake_dsql_fixture.h)
// instead: it shares one PostgreSQL between the tests of a process.
//
// With FakeDsqlOptions::Http::enabled, AWS's CLI and SDKs reach the same
// control plane at http_endpoint().
//
// This header is light: include dsql/control/cluster_manager.h,
// stream_manager.h, policy_manager.h or tag_manager.h to call operations,
// dsql/control/fault_injector.h and call_log.h for what they are named after.

#ifndef DSQL_FAKE_DSQL_H_
#define DSQL_FAKE_DSQL_H_

#include "dsql/base/language.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/change_stream.h"
#include "dsql/cluster.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/vpc_endpoint.h"

namespace dsql {

class CallLog;
class Clock;
class ClusterManager;
class ClusterSnapshot;
class CredentialStore;
class DsqlClient;
class FakeDsqlCore;
class FakeDsqlSnapshot;
class FaultInjector;
class PolicyManager;
class StreamManager;
class TagManager;
struct AssumeRoleInput;
struct Credentials;
namespace kinesis {
class Kinesis;
}  // namespace kinesis
namespace kms {
class Kms;
}  // namespace kms

// FakeDsql is the DSQL of one AWS account, in all Regions. Two of them in one
// process never meet.
//
// Thread-safe. Nothing outlives it: neither its destructor nor the end of the
// process, by SIGKILL say, leaves a server, a directory or a port behind.
class FakeDsql {
 public:
  // Starts no process: a cluster's server starts with the first connection to
  // it.
  //
  // Errors: InvalidArgument for options that cannot be, or not together, with
  //   what to change; with Http::enabled, those of HttpServer::Start(), e.g.
  //   AlreadyExists for a port that is taken.
  static absl::StatusOr<std::unique_ptr<FakeDsql>> Create(
      FakeDsqlOptions options = {});

  // Stops without a report.
  ~FakeDsql();
  FakeDsql(const FakeDsql&) = delete;
  FakeDsql& operator=(const FakeDsql&) = delete;

  // The control plane of a Region, FakeDsqlOptions::default_region where
  // `region` is empty. Each Region has clusters of its own; all share the
  // account. The managers live as long as this object. Where `region` cannot be
  // the name of one, every operation answers ValidationException.
  ClusterManager& clusters(absl::string_view region = "");
  StreamManager& streams(absl::string_view region = "");
  PolicyManager& policies(absl::string_view region = "");
  TagManager& tags(absl::string_view region = "");

  // A handle on a cluster that is there, given by its ARN, or by its identifier
  // if it is in the default Region.
  //
  // Errors: ResourceNotFoundException.
  absl::StatusOr<Cluster> cluster(absl::string_view identifier_or_arn);

  // Creates a cluster that is not protected against deletion and waits until it
  // is ACTIVE; see Cluster::WaitUntilActive(). For more, call
  // clusters().CreateCluster().
  //
  // Errors: those of CreateCluster, e.g. ServiceQuotaExceededException.
  absl::StatusOr<Cluster> CreateCluster(absl::string_view region = "");

  // The same, with what is in `snapshot`.
  //
  // Errors: also those of Cluster::Restore(); then there is no new cluster.
  absl::StatusOr<Cluster> CreateCluster(const ClusterSnapshot& snapshot,
                                        absl::string_view region = "");

  // Creates two clusters that are peers, in two Regions with a witness in a
  // third, by the whole flow of DSQL, and waits until both are ACTIVE. They
  // share their rows.
  //
  // Errors: those of CreateCluster and UpdateCluster.
  absl::StatusOr<std::pair<Cluster, Cluster>> CreateClusterPair(
      absl::string_view region = "us-east-1",
      absl::string_view peer_region = "us-east-2",
      absl::string_view witness_region = "us-west-2");

  // All of this at one moment: what the control plane knows, and the rows of
  // each cluster. Rows are of the moment at which each cluster is read; take it
  // while nobody writes.
  //
  // Errors: those of Cluster::Snapshot(); Aborted while operations are called
  //   without a pause.
  absl::StatusOr<FakeDsqlSnapshot> Snapshot();

  // Goes back to `snapshot`. Clusters that were made since are gone, those that
  // were deleted are there again, at their endpoints; open sessions end with
  // 57P01, as on failover. Handles stay good.
  //
  // Errors: FailedPrecondition for a snapshot of another account or of other
  //   options; those of Cluster::Restore() and of the Storage. After an error
  //   some clusters may have gone back and others not, and so with a data_dir
  //   where the process is killed meanwhile: call it again. Not while
  //   operations are called.
  absl::Status Restore(const FakeDsqlSnapshot& snapshot);

  // A handle on a change stream that is there, by its ARN.
  //
  // Errors: ResourceNotFoundException; InvalidArgument for what is no such ARN.
  absl::StatusOr<ChangeStream> stream(absl::string_view arn);

  // A VPC endpoint for the clusters of a Region, at an address of its own.
  //
  // Errors: AlreadyExists for an id that is in use; InvalidArgument for what is
  //   no Region; FailedPrecondition with Gateway::tls or Postgres::enabled
  //   false; Unavailable where no port can be opened.
  absl::StatusOr<VpcEndpoint> CreateVpcEndpoint(
      const VpcEndpointOptions& options = {});

  // Writes a file in the form of /etc/hosts, with the names on AWS of all
  // endpoints that there are now, for programs that are to connect by name:
  // with Debian's libnss-wrapper, LD_PRELOAD=libnss_wrapper.so and
  // NSS_WRAPPER_HOSTS=<path>. It has no ports: those are 5432 where clusters
  // have addresses of their own.
  //
  // Errors: FailedPrecondition with Postgres::enabled false; those of the disk.
  absl::Status WriteHostsFile(const std::string& path);

  // The certificate, PEM, by which clients verify endpoints: the sslrootcert of
  // Cluster::ConnectionInfo(). It is a descriptor of this process, to be read
  // while this object lives.
  //
  // Errors: FailedPrecondition with Gateway::tls or Postgres::enabled false;
  //   Unavailable where the machine has no descriptors left.
  absl::StatusOr<std::string> certificate_file();

  // What the CLI takes as --endpoint-url: "http://127.0.0.1:<port>". The Region
  // of a request is the one that it is signed for, else the default.
  //
  // Errors: FailedPrecondition with Http::enabled false and after Stop().
  absl::StatusOr<std::string> http_endpoint();

  // What AWS's CLI and SDKs read, for child processes: AWS_ACCESS_KEY_ID,
  // AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_DEFAULT_REGION, and
  // AWS_ENDPOINT_URL_DSQL and AWS_ENDPOINT_URL_KINESIS with Http::enabled. See
  // also Cluster::Environment().
  std::map<std::string, std::string> Environment();

  // Those that HTTP requests and tokens may be signed with; at first,
  // FakeDsqlOptions::access_key_id. Who is put there with policies may do what
  // they allow. See dsql/iam/credentials.h.
  CredentialStore& credentials();

  // The control plane as the owner of credentials() calls it, who needs the
  // permissions that he needs on AWS; calls of clusters() and the like need
  // none. Only the access key id counts. The result must not outlive this.
  // See dsql/dsql_client.h.
  std::unique_ptr<DsqlClient> As(const Credentials& principal);

  // Temporary credentials of a session of a role, as AWS STS makes them, known
  // to credentials(). They expire by FakeDsqlOptions::signature_clock. See
  // dsql/iam/assume_role.h.
  //
  // Errors: InvalidArgument for what STS refuses.
  absl::StatusOr<Credentials> AssumeRole(const AssumeRoleInput& input);

  // Kinesis Data Streams of the account, which http_endpoint() serves as well.
  // See dsql/streams/kinesis/kinesis.h.
  kinesis::Kinesis& kinesis();

  // The keys that clusters are encrypted with: disabling one makes its clusters
  // inaccessible. See dsql/kms/kms.h.
  kms::Kms& kms();

  // What statuses follow from: FakeDsqlOptions::clock, or the machine's.
  Clock& clock();

  // Errors and latency of operations, scripted by a test. For all Regions.
  FaultInjector& faults();

  // The operations that were called, in all Regions.
  CallLog& calls();

  // Ends all connections, endpoints and servers. Every operation from then on
  // answers InternalServerException, and so does one that a fault delays. HTTP
  // requests in flight are answered, or cut off after 5 seconds. Idempotent;
  // the first call's report counts.
  absl::Status Stop();

 private:
  explicit FakeDsql(std::shared_ptr<FakeDsqlCore> core);

  const std::shared_ptr<FakeDsqlCore> core_;
};

}  // namespace dsql

#endif  // DSQL_FAKE_DSQL_H_
