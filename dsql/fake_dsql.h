// A fake of Amazon Aurora DSQL inside this process: the control plane by C++,
// the rows by libpq.
//
//   absl::StatusOr<std::unique_ptr<FakeDsql>> fake = FakeDsql::Create();
//   ASSERT_TRUE(fake.ok()) << fake.status();
//   auto cluster = (*fake)->clusters().CreateCluster({});
//   auto connection = (*fake)->Connect(cluster->identifier());
//   auto rows = connection->Execute("SELECT 1");
//
// In a GoogleTest derive from FakeDsqlTest (testing/fake_dsql_fixture.h)
// instead: it shares one PostgreSQL between the tests of a process.
//
// With FakeDsqlOptions::Http::enabled, AWS's CLI and SDKs reach the same
// control plane at http_endpoint().

#ifndef DSQL_FAKE_DSQL_H_
#define DSQL_FAKE_DSQL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/control/call_log.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/fault_injector.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/iam/credentials.h"
#include "dsql/jobs/job_runner.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// How an authentication token is generated.
struct AuthTokenOptions {
  // Those of FakeDsqlOptions::Http where absent.
  absl::optional<Credentials> credentials;
  // 1 second to 7 days; a token with another life is refused.
  absl::Duration expires = absl::Seconds(900);
};

// The DSQL of one AWS account, in all Regions. Two of them in one process never
// meet.
//
// Thread-safe. Nothing outlives it: neither its destructor nor the end of the
// process, by SIGKILL say, leaves a server, a directory or a port behind.
class FakeDsql {
 public:
  // Starts no process: a cluster's server starts with the first connection to
  // it.
  //
  // Errors: InvalidArgument for an account id or Region that cannot be one;
  // with
  //   Http::enabled, those of HttpServer::Start(), e.g. AlreadyExists for a
  //   port that is taken.
  static absl::StatusOr<std::unique_ptr<FakeDsql>> Create(
      FakeDsqlOptions options = FakeDsqlOptions::Faithful());

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

  // How PostgreSQL clients reach a cluster, given by its ARN, or by its
  // identifier if it is in the default Region: host, port, user, password and
  // database, and all of them by ToConninfo(). Starts the cluster's server if
  // need be, so that an error is seen here and not as a refused connection.
  //
  // Errors: ResourceNotFoundException; a SqlError() (08006) while the cluster
  // is
  //   CREATING, PENDING_SETUP, DELETING or FAILED; Unavailable where its server
  //   has died; those of postgres::PostgresServer::Start(), e.g. NotFound
  //   without PostgreSQL's binaries; FailedPrecondition after Stop() or with
  //   Postgres::enabled false.
  absl::StatusOr<postgres::ConnectionParameters> ConnectionInfo(
      absl::string_view cluster);

  // The certificate, PEM, by which clients verify endpoints: the sslrootcert of
  // ConnectionInfo(). It is a descriptor of this process, to be read while this
  // object lives.
  //
  // Errors: FailedPrecondition with Gateway::tls or Postgres::enabled false;
  //   Unavailable where the machine has no descriptors left.
  absl::StatusOr<std::string> certificate_file();

  // The password of `admin`, or of another role, for a cluster given as in
  // ConnectionInfo(): a presigned request, as AWS's SDKs generate it. It is
  // looked at when a connection begins, never later. Tokens by the SDKs
  // themselves, for credentials() and the cluster's endpoint, are as good.
  //
  // Errors: those of the endpoint; FailedPrecondition as ConnectionInfo().
  absl::StatusOr<std::string> GenerateDbConnectAdminAuthToken(
      absl::string_view cluster, const AuthTokenOptions& options = {});
  absl::StatusOr<std::string> GenerateDbConnectAuthToken(
      absl::string_view cluster, const AuthTokenOptions& options = {});

  // What goes wrong with connections to a cluster, scripted by a test, for code
  // that tries again. Lives as long as this object.
  //
  // Errors: ResourceNotFoundException for another account; FailedPrecondition
  //   with Postgres::enabled false.
  absl::StatusOr<ConnectionFaults*> connection_faults(
      absl::string_view cluster);

  // The jobs of a cluster, those of CREATE INDEX ASYNC and ALTER TABLE ASYNC:
  // they run at once, unless a test holds them to see what is under way.
  //
  // Errors: those of ConnectionInfo(); FailedPrecondition where the dialect is
  //   PostgreSQL's own, as LocalStack()'s.
  absl::Status HoldJobs(absl::string_view cluster, JobHold hold);
  absl::Status ReleaseJobs(absl::string_view cluster);

  // Makes a cluster IDLE or INACTIVE, as one becomes that is not used, or
  // ACTIVE again. A connection wakes it; that to an INACTIVE one is refused
  // first, with 08006, "unable to accept connection, waking up cluster, please
  // retry later".
  //
  // Errors: ResourceNotFoundException; ConflictException where the cluster is
  //   in none of the three; InvalidArgument for another `status`.
  absl::Status SetClusterStatus(absl::string_view cluster,
                                v1::ClusterStatus::Value status);

  // A new connection to a cluster; see ConnectionInfo().
  absl::StatusOr<postgres::Connection> Connect(absl::string_view cluster);

  // What the CLI takes as --endpoint-url: "http://127.0.0.1:<port>". The Region
  // of a request is the one that it is signed for, else the default.
  //
  // Errors: FailedPrecondition with Http::enabled false and after Stop().
  absl::StatusOr<std::string> http_endpoint();

  // Failures of COMMIT, code that runs before one, and what happened to
  // transactions, of a cluster given as in ConnectionInfo(); it need not exist
  // yet. Lives as long as this object.
  TransactionControls& transactions(absl::string_view cluster);

  // Those that HTTP requests may be signed with; at first,
  // FakeDsqlOptions::Http::access_key_id.
  CredentialStore& credentials();

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
  class Impl;

  explicit FakeDsql(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace dsql

#endif  // DSQL_FAKE_DSQL_H_
