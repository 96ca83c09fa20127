// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/login_flow.h"

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/link/on_worker.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/login/handshake.h"
#include "dsql/gateway/login/startup_settings.h"
#include "dsql/pgwire/backend.h"
#include "dsql/sql/rules/startup_setting.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

// What sys.iam_session_user() reads.
constexpr char kSessionUser[] = "dsql_internal.iam_session_user";

LoginRequest RequestOf(const pgwire::StartupPacket& packet,
                       const ClientStream& client,
                       const RequestContext* private_link) {
  LoginRequest request;
  request.user = std::string(packet.Find("user"));
  request.database = std::string(packet.Find("database"));
  if (request.database.empty()) request.database = request.user;
  if (private_link != nullptr) {
    request.context = *private_link;
  } else {
    request.source_ip = client.PeerAddress();
  }
  request.server_name = client.ServerName();
  request.secure = client.is_tls();
  request.startup_parameters = packet.parameters;
  return request;
}

void CheckSettings(const sql::DialectOptions& dialect,
                   const Settings& settings) {
  for (const auto& setting : settings) {
    absl::optional<sql::Refusal> refusal =
        sql::CheckStartupSetting(setting.first, setting.second, dialect);
    if (!refusal.has_value()) continue;
    refusal->error.set_severity("FATAL");
    throw StatusError(SqlError(refusal->error));
  }
}

// So that PostgreSQL takes it for one word.
std::string EscapeOption(absl::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\\' || absl::ascii_isspace(static_cast<unsigned char>(c)))
      escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

// A setting that PostgreSQL does not have is one of ours there, as SET makes
// it.
absl::string_view NameThere(absl::string_view setting) {
  return absl::EqualsIgnoreCase(setting, "disable_sync_create_index")
             ? "dsql.disable_sync_create_index"
             : setting;
}

}  // namespace

Settings ServerParameters(const Login& login, const std::string& database,
                          const Settings& settings,
                          const ServerAddress& address) {
  const auto there = [](const std::string& name, const char* ours,
                        const std::string& theirs) {
    return name == ours && !theirs.empty() ? theirs : name;
  };
  Settings parameters;
  parameters.emplace_back("user", there(login.role, "admin", address.admin));
  parameters.emplace_back("database",
                          there(database, "postgres", address.postgres));
  std::string options;
  const auto add = [&](absl::string_view name, absl::string_view value) {
    absl::StrAppend(&options, " -c ", name, "=", EscapeOption(value));
  };
  if (!login.principal_arn.empty()) add(kSessionUser, login.principal_arn);
  for (const auto& setting : settings)
    add(NameThere(setting.first), setting.second);
  if (!options.empty()) parameters.emplace_back("options", options);
  return parameters;
}

asio::awaitable<Login> LogIn(const LoginContext& context,
                             const pgwire::StartupPacket& packet,
                             ClientStream* client, ServerLink* server) {
  LoginRequest request = RequestOf(packet, *client, context.private_link);
  const std::shared_ptr<ClusterBackend> backend = context.backend;
  if (backend->asks_for_password()) {
    request.password = co_await AskForPassword(client);
  }
  const std::function<absl::StatusOr<Login>()> authenticate = [&] {
    return backend->Authenticate(request);
  };
  const absl::StatusOr<Login> login =
      co_await OnWorker(context.workers, authenticate);
  ThrowIfError(login.status());
  ThrowIfError(CheckOptions(packet));
  const Settings settings = StartupSettings(packet);
  CheckSettings(*context.dialect, settings);
  const std::function<absl::StatusOr<ServerAddress>()> open_server = [&] {
    return backend->OpenServer();
  };
  const absl::StatusOr<ServerAddress> address =
      co_await OnWorker(context.workers, open_server);
  ThrowIfError(address.status());
  const Settings parameters =
      ServerParameters(*login, request.database, settings, *address);
  if (!co_await context.spare->Take(*address, parameters, server)) {
    co_await server->Open(*address, parameters);
  }
  co_return *login;
}

std::string Welcome(const LoginContext& context, const ServerLink& server,
                    const pgwire::BackendKey& key) {
  std::string welcome;
  pgwire::EncodeAuthenticationOk(&welcome);
  for (const auto& parameter : server.parameters()) {
    const auto reported = context.reported_parameters->find(parameter.first);
    const bool replaced = reported != context.reported_parameters->end();
    pgwire::EncodeParameterStatus(
        {parameter.first, replaced ? reported->second : parameter.second},
        &welcome);
  }
  pgwire::EncodeBackendKeyData(key, &welcome);
  pgwire::EncodeReadyForQuery(pgwire::TransactionStatus::kIdle, &welcome);
  return welcome;
}

}  // namespace dsql
