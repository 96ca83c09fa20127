// SPDX-License-Identifier: Apache-2.0

#include "dsql/check_options.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/server_schema/server_schema.h"
#include "dsql/sql/rules/rules.h"

namespace dsql {
namespace {

constexpr int kPostgresPort = 5432;

absl::Status Invalid(absl::string_view member, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("FakeDsqlOptions::", member, " ", what));
}

absl::Status CheckNames(const FakeDsqlOptions& options) {
  if (!IsAccountId(options.account_id)) {
    return Invalid("account_id",
                   absl::StrCat("must be 12 digits, it is \"",
                                absl::CEscape(options.account_id), "\""));
  }
  if (!IsRegionName(options.default_region)) {
    return Invalid("default_region",
                   absl::StrCat("must be a Region such as us-east-1, it is \"",
                                absl::CEscape(options.default_region), "\""));
  }
  if (options.access_key_id.empty() || options.secret_access_key.empty()) {
    return Invalid("access_key_id and secret_access_key",
                   "must not be empty: they sign tokens and HTTP requests");
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const FakeDsqlOptions& options) {
  const LifecycleDurations durations =
      options.durations.value_or(LifecycleDurations());
  for (const absl::Duration duration :
       {durations.creating, durations.updating, durations.deleting,
        durations.stream_creating, durations.stream_deleting}) {
    if (duration < absl::ZeroDuration())
      return Invalid("durations", "must not be negative");
  }
  if (options.gateway.session_life <= absl::ZeroDuration())
    return Invalid("gateway.session_life", "must be positive");
  if (options.transactions.schema_conflict_window < absl::ZeroDuration()) {
    return Invalid("transactions.schema_conflict_window",
                   "must not be negative: zero stands for never");
  }
  return absl::OkStatus();
}

bool IsSqlstate(absl::string_view text) {
  if (text.size() != 5) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c) && !absl::ascii_isupper(c)) return false;
  }
  return true;
}

absl::Status CheckDialect(const FakeDsqlOptions& options) {
  const sql::DialectOptions& dialect = options.gateway.dialect;
  if (options.transactions.optimistic && !dialect.enforce) {
    return Invalid(
        "transactions.optimistic",
        "needs gateway.dialect.enforce, which lets it know what statements "
        "lock. Set it to false as well, or allow single statements by "
        "gateway.dialect.disabled_rules");
  }
  for (const std::string& id : dialect.disabled_rules) {
    bool known = false;
    for (const sql::Rule& rule : sql::Rules()) known |= id == rule.id;
    if (!known) {
      return Invalid("gateway.dialect.disabled_rules",
                     absl::StrCat("names \"", absl::CEscape(id),
                                  "\", which is no rule; they are in the "
                                  "first column of dsql/docs/dialect.md"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckEndpoints(const FakeDsqlOptions& options) {
  using Gateway = FakeDsqlOptions::Gateway;
  const Gateway& gateway = options.gateway;
  if (gateway.sni_required &&
      (gateway.style != Gateway::Style::kAwsHostName || !gateway.tls)) {
    return Invalid("gateway.sni_required",
                   "needs gateway.style kAwsHostName and gateway.tls: who "
                   "connects to an address, or in clear, sends no SNI");
  }
  if (!gateway.web_socket_port.has_value()) return absl::OkStatus();
  if (!gateway.tls) {
    return Invalid("gateway.web_socket_port",
                   "needs gateway.tls: WebSockets are spoken within TLS");
  }
  const int port = *gateway.web_socket_port;
  if (port < 0 || port > 65535) {
    return Invalid("gateway.web_socket_port",
                   absl::StrCat("must be 0 to 65535, it is ", port));
  }
  if (port == kPostgresPort) {
    return Invalid("gateway.web_socket_port",
                   "must not be 5432, where PostgreSQL is spoken, and "
                   "WebSockets as well; leave it unset for that");
  }
  if (port != 0 && gateway.style == Gateway::Style::kPort) {
    return Invalid("gateway.web_socket_port",
                   "must be 0 with gateway.style kPort, where all clusters "
                   "have one address");
  }
  return absl::OkStatus();
}

absl::Status CheckServers(const FakeDsqlOptions& options) {
  if (!options.postgres.enabled || !options.gateway.dialect.enforce)
    return absl::OkStatus();
  const postgres::ServerPool* const given = options.postgres.pool.get();
  // Servers of its own get it: see server_pool_options().
  if (given != nullptr &&
      !absl::StartsWith(given->options().server.template_options.bootstrap_sql,
                        ServerSchemaSql())) {
    return Invalid("postgres.pool",
                   "has servers without what DSQL's dialect needs in them. "
                   "Make it of FakeDsqlOptions::server_pool_options(), or set "
                   "gateway.dialect.enforce and transactions.optimistic to "
                   "false");
  }
  return absl::OkStatus();
}

absl::Status CheckDataDir(const FakeDsqlOptions& options) {
  if (options.data_dir.empty()) return absl::OkStatus();
  if (options.storage != nullptr) {
    return Invalid("data_dir",
                   "has a Storage of its own. Leave `storage` null, or "
                   "`data_dir` empty to keep records only");
  }
  if (!options.postgres.enabled) return absl::OkStatus();
  if (options.postgres.pool != nullptr) {
    return Invalid("data_dir",
                   "keeps rows, which servers of a pool lose. Leave "
                   "postgres.pool null, and say by postgres.pool_options how "
                   "servers are started");
  }
  if (!options.postgres.pool_options.external_conninfo.empty()) {
    return Invalid("data_dir",
                   "keeps rows, which are elsewhere with "
                   "postgres.pool_options.external_conninfo. Leave one of both "
                   "empty");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOptions(const FakeDsqlOptions& options) {
  DSQL_RETURN_IF_ERROR(CheckNames(options));
  DSQL_RETURN_IF_ERROR(CheckTimes(options));
  if (!IsSqlstate(options.gateway.access_denied_sqlstate)) {
    return Invalid("gateway.access_denied_sqlstate",
                   "must be a SQLSTATE such as 28000");
  }
  if (options.http.port < 0 || options.http.port > 65535)
    return Invalid("http.port", "must be 0 to 65535");
  if (options.http.handler_threads < 1)
    return Invalid("http.handler_threads", "must be at least 1");
  DSQL_RETURN_IF_ERROR(CheckEndpoints(options));
  DSQL_RETURN_IF_ERROR(CheckDialect(options));
  DSQL_RETURN_IF_ERROR(CheckDataDir(options));
  return CheckServers(options);
}

}  // namespace dsql
