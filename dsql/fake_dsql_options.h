// SPDX-License-Identifier: Apache-2.0

// The choices of a FakeDsql.

#ifndef DSQL_FAKE_DSQL_OPTIONS_H_
#define DSQL_FAKE_DSQL_OPTIONS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/control/identifier_style.h"
#include "dsql/control/lifecycle_durations.h"
#include "dsql/control/quotas.h"
#include "dsql/gateway/login/connection_quotas.h"
#include "dsql/occ/transaction_options.h"
#include "dsql/postgres/server_options.h"
#include "dsql/sql/dialect_options.h"
#include "dsql/streams/delivery_options.h"

namespace dsql {

class Clock;
class IdGenerator;
class Storage;
namespace postgres {
class ServerPool;
}  // namespace postgres

// The choices of a FakeDsql. As they are, they are those of AWS; change what
// the test is about:
//
//   FakeDsqlOptions options;
//   options.quotas.single_region_clusters = 1;
//
// What cannot work together is refused by FakeDsql::Create(), which says what
// to change.
struct FakeDsqlOptions {
  // As AWS behaves, the same as FakeDsqlOptions(): 26-character identifiers,
  // user `admin`, database `postgres`, TLS and authentication tokens, DSQL's
  // dialect and optimistic transactions, signatures of HTTP requests are
  // verified.
  static FakeDsqlOptions Faithful() { return FakeDsqlOptions(); }

  // As LocalStack behaves by its guide: UUIDs as identifiers, user and password
  // `test`, database `test`, connections in clear that nobody checks,
  // PostgreSQL's own dialect and transactions, its names of VPC endpoint
  // services, signatures of HTTP requests are not verified.
  static FakeDsqlOptions LocalStack();

  // 12 digits.
  std::string account_id = "000000000000";
  // Where a call goes that names no Region; others spring into being when
  // named.
  std::string default_region = "us-east-1";

  IdentifierStyle identifier_style = IdentifierStyle::kAws;
  Quotas quotas;

  // How long CREATING, UPDATING and DELETING last. Absent: as on AWS where
  // `clock` is set, because a test moves that clock; no time at all on the
  // machine's clock, because nobody wants to wait (SDK waiters poll every 2
  // seconds).
  absl::optional<LifecycleDurations> durations;

  // The keys that clusters are encrypted with, FakeDsql::kms().
  struct Kms {
    // Whether CreateCluster and UpdateCluster refuse a KMS key that nobody has
    // created. False: naming a key or an alias creates it, so that a test can
    // disable it.
    bool strict = false;
  };
  Kms kms;

  // What statuses, ages and expiries follow from. Null: the machine's clock.
  // Not owned, as the next three; must outlive the FakeDsql.
  Clock* clock = nullptr;
  // What signatures of HTTP requests and authentication tokens are judged by,
  // and the Date of HTTP answers. Null: the machine's clock, whatever `clock`
  // is, because AWS's SDKs sign by that one. Set it to `clock` to see a token
  // expire.
  Clock* signature_clock = nullptr;
  // Where identifiers come from. Null: random ones.
  IdGenerator* ids = nullptr;
  // Where clusters, streams, policies and tags are kept. Null: in memory, or in
  // `data_dir`.
  Storage* storage = nullptr;

  // A directory in which everything is kept: what the control plane knows,
  // rows, roles and jobs, the certificates of endpoints and their addresses. A
  // FakeDsql that is created on it later, after Stop() or after this process
  // was killed at any moment, goes on where this one was; what was acknowledged
  // is there (fsync). Only credentials() are not kept. It is made where it is
  // missing, in a directory that is there; one FakeDsql at a time has it. Not
  // with `storage`, `postgres.pool` or an external_conninfo, which keep rows
  // and records elsewhere. Empty: all is gone with the FakeDsql.
  std::string data_dir;

  // Known from the start, for HTTP requests and tokens: the pair that AWS's
  // documentation has in its examples, the account's root user. More by
  // FakeDsql::credentials().
  std::string access_key_id = "AKIAIOSFODNN7EXAMPLE";
  std::string secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

  // What holds the rows.
  struct Postgres {
    // False: no rows at all. Clusters have endpoints of AWS's form that lead
    // nowhere, and a FakeDsql costs microseconds.
    bool enabled = true;
    // How servers are found and started, and which user and database they have
    // (server.template_options). What `gateway.dialect` and `transactions` need
    // in a server is added. Ignored where `pool` is set.
    postgres::ServerPoolOptions pool_options;
    // Named in ConnectionInfo() where Gateway::tokens is false; it is not
    // checked.
    std::string password;
    // Servers shared with other FakeDsqls, one after the other or at the same
    // time; make it of server_pool_options(). Null: servers of this FakeDsql
    // alone, gone with it.
    std::shared_ptr<postgres::ServerPool> pool;
  };
  Postgres postgres;

  // How clients connect to clusters.
  struct Gateway {
    enum class Style {
      // An address of its own for each cluster, 127.x.y.z, and port 5432, as
      // clients expect that take an endpoint for a host. Where the system has
      // no such addresses, as kPort.
      kOwnAddress,
      // "127.0.0.1:<port>".
      kPort,
      // "<id>.dsql.<region>.on.aws", as on AWS, at an address as kOwnAddress
      // has it. No resolver knows the name: ConnectionInfo() has the address as
      // hostaddr, and FakeDsql::WriteHostsFile() writes it for other programs.
      // Tokens are for the name.
      kAwsHostName,
    };
    Style style = Style::kOwnAddress;

    // True: clients need TLS, and ConnectionInfo() names the CA file by which
    // they can verify it. False: TLS is declined.
    bool tls = true;
    // Whether clients are refused that name no host by SNI, as on AWS: with
    // 08006, "unable to accept connection, sni was not received". Needs
    // kAwsHostName, as nobody names a host who connects to an address.
    bool sni_required = false;
    // Where endpoints listen besides, 443 say, for WebSockets: wss://<host>,
    // which their own port takes as well. 0: any free port; see
    // Cluster::WebSocketUrl(). Absent: nowhere. Needs `tls`, and another number
    // than 0 addresses of their own.
    absl::optional<int> web_socket_port;
    // Whether the password must be an authentication token, for the action that
    // belongs to the user, and other users than `admin` need AWS IAM GRANT.
    // False: every role is let in, whatever the password.
    bool tokens = true;
    // The SQLSTATE of "unable to accept connection, access denied" with a HINT.
    // 28000 is what clients report today, 08006 what they reported before 2026.
    // A role that AWS IAM GRANT gave to nobody gets 28000 without a HINT.
    std::string access_denied_sqlstate = "28000";
    // Whether AWS IAM REVOKE ends the sessions of a role that it takes away, at
    // their next transaction, with FATAL 28000. False: only new ones are
    // refused.
    bool revoke_ends_sessions = true;
    // By `clock`; then a connection ends as soon as no transaction is open.
    absl::Duration session_life = absl::Minutes(60);
    ConnectionQuotas quotas;
    // What SQL is refused that PostgreSQL would take. Without it, clusters are
    // plain PostgreSQL.
    sql::DialectOptions dialect;
  };
  Gateway gateway;

  // How transactions behave. `optimistic` needs `gateway.dialect.enforce`.
  TransactionOptions transactions;

  // How change streams deliver their records.
  DeliveryOptions streams;

  // An endpoint for AWS's own clients, the CLI and the SDKs.
  struct Http {
    bool enabled = false;
    // An IPv4 or IPv6 address. Loopback keeps other machines out.
    std::string bind_address = "127.0.0.1";
    // 0: any free one.
    int port = 0;
    // Requests that are answered at the same time; others wait. At least 1.
    int handler_threads = 8;
    // A connection without a request ends after this time.
    absl::Duration idle_timeout = absl::Minutes(5);
    // From the first byte of a request to its last.
    absl::Duration request_timeout = absl::Seconds(20);
    // Whether a request needs a signature by known credentials, as on AWS.
    // Without, the signature only names the Region.
    bool verify_signatures = true;
  };
  Http http;

  // Whether Cluster::sql_log() keeps the latest statements. FakeDsqlTest and
  // TestEnvironment set it, so that a test that fails shows them.
  bool sql_log = false;

  // Gets a line for each answer of the HTTP endpoint, "POST /cluster 200", for
  // each operation that is called by C++, as Call prints it, and for each SQL
  // statement, as SqlLogEntry prints it. On any thread, several at a time;
  // secrets are not in it. May be null.
  std::function<void(absl::string_view line)> log;

  // What the servers of these options are: `postgres.pool_options`, with what
  // `gateway.dialect` and `transactions` need in a server.
  postgres::ServerPoolOptions server_pool_options() const;
};

}  // namespace dsql

#endif  // DSQL_FAKE_DSQL_OPTIONS_H_
