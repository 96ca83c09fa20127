// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/session.h"

#include <string>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/system/system_error.hpp"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/link/server_address.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/login/handshake.h"
#include "dsql/gateway/login/login_flow.h"
#include "dsql/gateway/session/plain_runner.h"
#include "dsql/gateway/session/session_end.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/sql/dialect_options.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::StartupPacket;

constexpr char kConnectionFailure[] = "08006";
// Of protocols 3.0 and 3.2.
constexpr size_t kShortSecret = 4;
constexpr size_t kLongSecret = 32;

// How often Watch() finds that a client has ended its side while its server is
// sent nothing, before it takes the client for dead. Until then the session
// does, as PostgreSQL, what was asked before, and answers who still reads.
constexpr int kPatience = 6;

// The major version that a server reports. One that reports none is taken for
// what DSQL is.
int PostgresVersion(const Settings& parameters) {
  for (const auto& [name, value] : parameters) {
    if (name == "server_version") return std::atoi(value.c_str());
  }
  return sql::kDsqlPostgresVersion;
}

std::string FatalError(const absl::Status& status) {
  v1::SqlErrorDetail detail = pgwire::ErrorDetailOf(status, kConnectionFailure);
  detail.set_severity("FATAL");
  std::string message;
  pgwire::EncodeErrorResponse(detail, &message);
  return message;
}

}  // namespace

Session::Session(std::shared_ptr<Entrance> entrance,
                 ClientStream::Socket client)
    : entrance_(std::move(entrance)),
      client_(std::move(client)),
      conversation_(client_.executor()),
      builder_(entrance_->statements(), &conversation_.state().prepared(),
               &conversation_.state().client_writes()),
      login_timer_(client_.executor()),
      opened_(entrance_->options().clock->Now()) {}

asio::awaitable<void> Session::Run() {
  const auto self = shared_from_this();
  absl::Status status;
  bool server_left = false;
  try {
    co_await Serve();
  } catch (const StatusError& error) {
    status = error.status();
  } catch (const boost::system::system_error&) {
    // The client or the server is gone.
    server_left = over_.ok();
    status = over_;
  } catch (const std::exception& error) {
    status = absl::InternalError(error.what());
  }
  if (recorder_.has_value()) recorder_->End();
  // From here on nobody else may use the connections.
  if (runner_ != nullptr) co_await runner_->Finish();
  runner_ = nullptr;
  if (!told_) {
    if (!status.ok()) co_await Tell(FatalError(status));
    if (server_left) co_await Tell(conversation_.TakeFarewell());
  }
  co_await client_.Finish();
  cancels_ = {};
  admission_ = {};
  Close();
  // What is still on its way fails.
  co_await client_.AwaitWritten();
}

void Session::Close() {
  login_timer_.cancel();
  client_.Close();
  conversation_.link().Close();
}

void Session::End() {
  if (!over_.ok()) return;
  over_ = AdministratorCommand();
  if (AwaitsClient()) {
    if (!told_) EndIdle(FatalError(over_));
    return;
  }
  // Run() tells the client when what is under way has failed.
  conversation_.link().Close();
  if (held_up_) login_timer_.cancel();
}

bool Session::AwaitsClient() const {
  return runner_ != nullptr && client_.is_reading();
}

bool Session::IsOver(absl::Time now) const {
  return endpoint_ != nullptr && endpoint_->session_ends->HasCome(opened_, now);
}

void Session::Watch() {
  if (IsOver(entrance_->options().clock->Now())) return End();
  ServerLink& link = conversation_.link();
  const bool stuck = link.written() == written_before_ && client_.PeerHasLeft();
  written_before_ = link.written();
  stuck_for_ = stuck ? stuck_for_ + 1 : 0;
  if (stuck_for_ > kPatience) return Close();
  if (!AwaitsClient() || told_ || conversation_.repeating() || !link.HasEnded())
    return;
  EndIdle(conversation_.TakeFarewell());
}

void Session::EndIdle(std::string farewell) {
  told_ = true;
  // A COPY whose data is on its way must not be committed any more.
  conversation_.link().Close();
  asio::co_spawn(
      client_.executor(),
      [self = shared_from_this(),
       farewell = std::move(farewell)]() -> asio::awaitable<void> {
        co_await self->Tell(farewell);
        if (self->AwaitsClient()) self->client_.StopReading();
      },
      asio::detached);
}

asio::awaitable<void> Session::Tell(std::string farewell) {
  if (farewell.empty()) co_return;
  try {
    co_await client_.Write(farewell);
  } catch (const std::exception&) {
    // Nobody listens any more.
  }
}

asio::awaitable<void> Session::Serve() {
  login_timer_.expires_after(
      absl::ToChronoMicroseconds(entrance_->options().login_timeout));
  login_timer_.async_wait(
      [weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (!error && self != nullptr) self->Close();
      });
  const bool opened = co_await Open();
  login_timer_.cancel();
  if (!opened) co_return;
  while (co_await HandleMessage()) {
  }
  co_await runner_->Finish();
  std::string farewell;
  pgwire::EncodeTerminate(&farewell);
  co_await conversation_.Send(farewell);
}

asio::awaitable<bool> Session::Open() {
  HandshakeOptions options;
  options.tls = entrance_->tls();
  options.tls_required = entrance_->options().tls_required;
  const StartupPacket packet = co_await Handshake(options, &client_);
  if (packet.kind == StartupPacket::Kind::kCancelRequest) {
    entrance_->Cancel(packet.key);
    co_return false;
  }
  endpoint_ = co_await entrance_->FindCluster(client_, packet);
  endpoint_->sessions.Add(weak_from_this());
  admission_ =
      ValueOrThrow(endpoint_->quota.Admit(endpoint_->options.clock->Now()));
  if (endpoint_->faults != nullptr) {
    ThrowIfError(endpoint_->faults->OnConnect());
  }
  LoginContext login{
      endpoint_->backend, &endpoint_->workers, &endpoint_->options.dialect,
      &endpoint_->options.reported_parameters, &endpoint_->spare};
  if (entrance_->private_link().has_value())
    login.private_link = &*entrance_->private_link();
  grant_.emplace(endpoint_->backend, &endpoint_->workers);
  grant_->set_login(
      co_await LogIn(login, packet, &client_, &conversation_.link()));
  endpoint_->statements->set_postgres_version(
      PostgresVersion(conversation_.link().parameters()));
  cancels_ = endpoint_->cancels.Add(
      conversation_.link().key().pid,
      packet.minor >= 2 ? kLongSecret : kShortSecret,
      [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self == nullptr) return;
        asio::co_spawn(
            self->client_.executor(),
            [self]() -> asio::awaitable<void> { co_await self->Cancel(); },
            asio::detached);
      });
  StepRunnerContext context;
  context.executor = client_.executor();
  context.conversation = &conversation_;
  context.client = &client_;
  context.max_message_size = endpoint_->options.max_message_size;
  context.clock = endpoint_->options.clock;
  context.owner = weak_from_this();
  runner_ = endpoint_->runners != nullptr
                ? endpoint_->runners->Make(context)
                : std::make_unique<PlainRunner>(context);
  const std::string welcome =
      Welcome(login, conversation_.link(), cancels_.key());
  conversation_.StartWith(endpoint_->options.reported_parameters);
  co_await client_.Write(welcome);
  RecordStatements();
  co_return true;
}

asio::awaitable<void> Session::Cancel() {
  if (!held_up_) {
    co_await conversation_.CancelForClient();
    co_return;
  }
  // The server knows nothing of the step yet.
  conversation_.NoteCancel();
  login_timer_.cancel();
}

void Session::RecordStatements() {
  if (endpoint_->sql_log == nullptr || !endpoint_->sql_log->enabled()) return;
  recorder_.emplace(endpoint_->sql_log);
  client_.WatchWrites(
      [this](absl::string_view bytes) { recorder_->See(bytes); });
}

bool Session::in_transaction() const {
  return conversation_.state().in_block() || conversation_.state().unsynced();
}

absl::Status Session::CheckLife() const {
  const GatewayOptions& options = endpoint_->options;
  const absl::Time now = options.clock->Now();
  if (!over_.ok() || IsOver(now)) return AdministratorCommand();
  if (conversation_.state().in_block() ||
      now < opened_ + options.session_life) {
    return absl::OkStatus();
  }
  return ConnectionIsTooOld();
}

}  // namespace dsql
