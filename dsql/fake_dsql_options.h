// The choices of a FakeDsql.

#ifndef DSQL_FAKE_DSQL_OPTIONS_H_
#define DSQL_FAKE_DSQL_OPTIONS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/identifier_style.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/quotas.h"
#include "dsql/gateway/login/connection_quota.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/occ/transaction_options.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/sql/analyzer.h"
#include "dsql/storage/storage.h"

namespace dsql {

// Start from one of the presets and change what the test is about:
//
//   FakeDsqlOptions options = FakeDsqlOptions::Faithful();
//   options.quotas.single_region_clusters = 1;
struct FakeDsqlOptions {
  // As AWS behaves: 26-character identifiers, user `admin`, database
  // `postgres`, TLS and authentication tokens, signatures of HTTP requests are
  // verified.
  static FakeDsqlOptions Faithful();

  // As LocalStack behaves by its guide: UUIDs as identifiers, user and password
  // `test`, database `test`, connections in clear that nobody checks, its names
  // of VPC endpoint services, signatures of HTTP requests are not verified.
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

  // What status follows from. Null: the machine's clock. Not owned, as the next
  // two; must outlive the FakeDsql.
  Clock* clock = nullptr;
  // Where identifiers come from. Null: random ones.
  IdGenerator* ids = nullptr;
  // Where clusters, streams, policies and tags are kept. Null: in memory.
  Storage* storage = nullptr;

  // What holds the rows.
  struct Postgres {
    // False: no rows at all. Clusters have endpoints of AWS's form that lead
    // nowhere, and a FakeDsql costs microseconds.
    bool enabled = true;
    // How servers are found and started, and which user and database they have
    // (server.template_options). Ignored where `pool` is set.
    postgres::ServerPoolOptions pool_options;
    // Named in ConnectionInfo() where Gateway::tokens is false; it is not
    // checked.
    std::string password;
    // Servers shared with other FakeDsqls, one after the other or at the same
    // time. Null: servers of this FakeDsql alone, gone with it.
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
    };
    Style style = Style::kOwnAddress;

    // True: clients need TLS, and ConnectionInfo() names the CA file by which
    // they can verify it. False: TLS is declined.
    bool tls = true;
    // Whether the password must be an authentication token, for the action that
    // belongs to the user, and other users than `admin` need AWS IAM GRANT.
    // False: every role is let in, whatever the password.
    bool tokens = true;
    // The SQLSTATE of "unable to accept connection, access denied". 28000 is
    // what clients report today, kOldAccessDeniedSqlstate (08006) what they
    // reported before 2026.
    std::string access_denied_sqlstate = kAccessDeniedSqlstate;
    // By `clock`; then a connection ends as soon as no transaction is open.
    absl::Duration session_life = absl::Minutes(60);
    ConnectionQuotas quotas;
    // What SQL is refused that PostgreSQL would take. Without it, clusters are
    // plain PostgreSQL.
    sql::DialectOptions dialect;
  };
  Gateway gateway;

  // How transactions behave. `optimistic` needs servers whose templates have
  // ServerSchemaSql().
  TransactionOptions transactions;

  // An endpoint for AWS's own clients, the CLI and the SDKs.
  struct Http {
    bool enabled = false;
    // An IPv4 or IPv6 address. Loopback keeps other machines out.
    std::string bind_address = "127.0.0.1";
    // 0: any free one.
    int port = 0;
    // Whether a request needs a signature by known credentials, as on AWS.
    // Without, the signature only names the Region.
    bool verify_signatures = true;
    // Known from the start: the pair that AWS's documentation has in its
    // examples, the account's root user. More by FakeDsql::credentials().
    std::string access_key_id = "AKIAIOSFODNN7EXAMPLE";
    std::string secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    // Gets a line for each answer, "POST /cluster 200", on any thread, several
    // at a time. May be null.
    std::function<void(absl::string_view line)> log;
  };
  Http http;
};

}  // namespace dsql

#endif  // DSQL_FAKE_DSQL_OPTIONS_H_
