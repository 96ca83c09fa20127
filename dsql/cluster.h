// SPDX-License-Identifier: Apache-2.0

// A cluster as a test holds it.

#ifndef DSQL_CLUSTER_H_
#define DSQL_CLUSTER_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/jobs/job_hold.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"

namespace dsql {

class ClusterSnapshot;
class ConnectionFaults;
class FakeDsqlCore;
class SqlLog;
class TransactionControls;
struct AuthTokenOptions;
namespace v1 {
enum ClusterStatus_Value : int;
enum EncryptionStatus_Value : int;
enum StreamFailureErrorCode_Value : int;
enum StreamStatus_Value : int;
}  // namespace v1

// Cluster is a handle on a cluster of a FakeDsql, made by FakeDsql::cluster():
// what a test does with a cluster besides calling operations on it.
//
// A value, cheap to copy. It may outlive the cluster and the FakeDsql: its
// methods then answer ResourceNotFoundException or FailedPrecondition.
// Thread-safety: const methods are safe.
class Cluster {
 public:
  // Of no FakeDsql: all methods fail.
  Cluster();

  const std::string& identifier() const { return identifier_; }
  const std::string& region() const { return region_; }
  const std::string& arn() const { return arn_; }

  // As GetCluster answers it: "127.x.y.z", "127.0.0.1:<port>", or its name on
  // AWS, as FakeDsqlOptions::gateway.style says.
  //
  // Errors: ResourceNotFoundException once it is deleted.
  absl::StatusOr<std::string> endpoint() const;

  // Where it takes WebSockets, as AWS's connector for postgres.js and browsers
  // speak them: "wss://<host>", with the port unless that is 443.
  //
  // Errors: as endpoint(); FailedPrecondition with Gateway::tls false.
  absl::StatusOr<std::string> WebSocketUrl() const;

  // How PostgreSQL clients reach it: host, port, user, password (a token where
  // tokens are asked for) and database, and all of them by ToConninfo(). Starts
  // its server if need be, so that an error is seen here and not as a refused
  // connection.
  //
  // Errors: ResourceNotFoundException; a SqlError() (08006) while the cluster
  //   is CREATING, PENDING_SETUP, DELETING or FAILED; Unavailable where its
  //   server has died; those of postgres::PostgresServer::Start(), e.g.
  //   NotFound without PostgreSQL's binaries; FailedPrecondition after
  //   FakeDsql::Stop() or with FakeDsqlOptions::Postgres::enabled false.
  absl::StatusOr<postgres::ConnectionParameters> ConnectionInfo() const;

  // A new connection, as `admin`; errors as ConnectionInfo().
  absl::StatusOr<postgres::Connection> Connect() const;

  // FakeDsql::Environment(), and what libpq and its wrappers read: PGHOST,
  // PGHOSTADDR where the host is a name, PGPORT, PGUSER, PGPASSWORD,
  // PGDATABASE, PGSSLMODE, PGSSLROOTCERT. For child processes of this one,
  // while this one lives.
  //
  // Errors: as ConnectionInfo().
  absl::StatusOr<std::map<std::string, std::string>> Environment() const;

  // The password of `admin`, or of another role: a presigned request, as AWS's
  // SDKs generate it. It is looked at when a connection begins, never later.
  // Tokens by the SDKs themselves, for the endpoint and with credentials that
  // FakeDsql::credentials() knows, are as good.
  //
  // Errors: those of endpoint(); FailedPrecondition as ConnectionInfo().
  absl::StatusOr<std::string> GenerateDbConnectAdminAuthToken() const;
  absl::StatusOr<std::string> GenerateDbConnectAdminAuthToken(
      const AuthTokenOptions& options) const;
  absl::StatusOr<std::string> GenerateDbConnectAuthToken() const;
  absl::StatusOr<std::string> GenerateDbConnectAuthToken(
      const AuthTokenOptions& options) const;

  // What goes wrong with its connections, scripted by a test, for code that
  // tries again. See dsql/gateway/session/connection_faults.h.
  ConnectionFaults& connection_faults() const { return *faults_; }

  // Failures of COMMIT, code that runs before one, and what happened to
  // transactions. See dsql/occ/transaction_controls.h.
  TransactionControls& transactions() const { return *transactions_; }

  // What SQL was sent to it, and what came of it; empty unless
  // FakeDsqlOptions::sql_log is true. See dsql/gateway/session/sql_log.h.
  SqlLog& sql_log() const { return *sql_log_; }

  // The jobs of CREATE INDEX ASYNC and ALTER TABLE ASYNC run at once, unless a
  // test holds them to see what is under way.
  //
  // Errors: those of ConnectionInfo(); FailedPrecondition where the dialect is
  //   PostgreSQL's own, as LocalStack()'s.
  absl::Status HoldJobs(JobHold hold) const;
  absl::Status ReleaseJobs() const;

  // What is in it, with all that was committed before; see
  // dsql/cluster_snapshot.h. Sessions stand still for some milliseconds, and
  // what they have not committed is not in it.
  //
  // Errors: those of ConnectionInfo(); FailedPrecondition for rows in a server
  //   that FakeDsql did not start (external_conninfo); those of the disk.
  absl::StatusOr<ClusterSnapshot> Snapshot() const;

  // Makes it what it was in `snapshot`, its own or another cluster's. Open
  // sessions end, as they do on failover: with FATAL 57P01. Its peer, which has
  // the same rows, is restored as well. HoldJobs() ends; jobs that had not
  // ended in the snapshot are run when somebody looks for them.
  //
  // Errors: those of ConnectionInfo(); FailedPrecondition for a snapshot that
  //   is empty, or of a FakeDsql whose servers have other options. Then
  //   nothing has changed.
  absl::Status Restore(const ClusterSnapshot& snapshot) const;

  // As GetCluster answers it.
  //
  // Errors: ResourceNotFoundException.
  absl::StatusOr<v1::ClusterStatus_Value> status() const;

  // Gives it any status of the model, which holds until another is set or an
  // operation changes it. IDLE and INACTIVE are what one becomes that is not
  // used: a connection wakes it; that to an INACTIVE one is refused first, with
  // 08006, "unable to accept connection, waking up cluster, please retry
  // later".
  //
  // Errors: ResourceNotFoundException;
  //   ConflictException where it can no longer leave its status, FAILED say;
  //   InvalidArgument for a status that it cannot be put in.
  absl::Status SetStatus(v1::ClusterStatus_Value status) const;

  // Gives its encryption any status of the model. With KMS_KEY_INACCESSIBLE the
  // cluster is IDLE, nobody can connect, and its streams are IMPAIRED or
  // FAILED.
  //
  // Errors: those of ControlPlane::SetEncryptionStatus(): InvalidArgument for
  //   KMS_KEY_INACCESSIBLE where the key is AWS's own.
  absl::Status SetEncryptionStatus(v1::EncryptionStatus_Value status) const;

  // Gives a stream of it, named by its identifier or ARN, any status of the
  // model; IMPAIRED and FAILED need a `reason`, which GetStream shows as
  // statusReason.
  //
  // Errors: those of ControlPlane::SetStreamStatus().
  absl::Status SetStreamStatus(
      absl::string_view stream, v1::StreamStatus_Value status,
      v1::StreamFailureErrorCode_Value reason = {}) const;

  // Returns when its streams have delivered all that was committed before, by
  // whichever way.
  //
  // Errors: ResourceNotFoundException; FailedPrecondition where a stream keeps
  //   records that no time will deliver: they are held or delayed, or it is
  //   IMPAIRED; DeadlineExceeded.
  absl::Status FlushStreams(absl::Duration timeout = absl::Seconds(30)) const;

  // Waits until it is ACTIVE: moves FakeDsqlOptions::clock where that is one
  // that a test moves, else asks again and again.
  //
  // Errors: ResourceNotFoundException; FailedPrecondition where it is in a
  //   status that does not become ACTIVE by itself, PENDING_SETUP say;
  //   DeadlineExceeded after `timeout` of FakeDsqlOptions::clock.
  absl::Status WaitUntilActive(
      absl::Duration timeout = absl::Minutes(10)) const;

  // Waits in the same way until it is gone, OK if it is gone already. Its
  // deletion must have begun.
  //
  // Errors: FailedPrecondition where time alone does not delete it:
  //   DeleteCluster was not called, or its peer is not deleted;
  //   DeadlineExceeded.
  absl::Status WaitUntilDeleted(
      absl::Duration timeout = absl::Minutes(10)) const;

 private:
  friend class FakeDsqlCore;

  absl::StatusOr<std::shared_ptr<FakeDsqlCore>> core() const;

  std::weak_ptr<FakeDsqlCore> core_;
  std::string identifier_;
  std::string region_;
  std::string arn_;
  std::shared_ptr<ConnectionFaults> faults_;
  std::shared_ptr<TransactionControls> transactions_;
  std::shared_ptr<SqlLog> sql_log_;
};

}  // namespace dsql

#endif  // DSQL_CLUSTER_H_
