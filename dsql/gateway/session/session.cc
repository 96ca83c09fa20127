#include "dsql/gateway/session/session.h"

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/system/errc.hpp"
#include "boost/system/system_error.hpp"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/link/on_worker.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/login/handshake.h"
#include "dsql/gateway/login/login_flow.h"
#include "dsql/gateway/session/answer_relay.h"
#include "dsql/gateway/session/step_splitter.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/protocol_error.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::FrontendType;
using pgwire::Message;
using pgwire::StartupPacket;
using pgwire::TransactionStatus;

constexpr char kConnectionFailure[] = "08006";
// Of protocols 3.0 and 3.2.
constexpr size_t kShortSecret = 4;
constexpr size_t kLongSecret = 32;
// What a client sent without Sync or Flush is handed on from this size on.
constexpr size_t kMaxBatch = 256 * 1024;
// COPY data is kept until its end, so that the server holds no locks while the
// client is slow; more than a transaction may have (10 MiB) is not kept.
constexpr size_t kMaxKeptCopy = 12 * 1024 * 1024;
// The bytes of a ReadyForQuery.
constexpr size_t kReadySize = 6;

absl::Status LifeIsOver() {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("57P01");
  detail.set_message("terminating connection due to the connection's age");
  detail.set_hint("A connection lives for 60 minutes. Connect again.");
  return SqlError(detail);
}

bool Any(const Step& step, bool sql::Statement::*flag) {
  for (const Expected& expected : step.expected) {
    if (expected.runs && expected.statement &&
        expected.statement.statement->*flag) {
      return true;
    }
  }
  return false;
}

// Ends the session as a broken network would: without a word.
[[noreturn]] void Drop() {
  throw boost::system::system_error(
      make_error_code(boost::system::errc::connection_aborted));
}

}  // namespace

Session::Session(std::shared_ptr<EndpointState> endpoint,
                 ClientStream::Socket client)
    : endpoint_(std::move(endpoint)),
      client_(std::move(client)),
      server_(client_.executor()),
      login_timer_(client_.executor()),
      builder_(endpoint_->statements, &prepared_),
      opened_(endpoint_->options.clock->Now()) {}

asio::awaitable<void> Session::Run() {
  const auto self = shared_from_this();
  absl::Status status;
  try {
    co_await Serve();
  } catch (const StatusError& error) {
    status = error.status();
  } catch (const boost::system::system_error&) {
    // The client or the server is gone.
  }
  if (!status.ok()) co_await Tell(status);
  endpoint_->cancels.Remove(key_);
  if (admitted_) endpoint_->quota.Release();
  Close();
}

void Session::Close() {
  login_timer_.cancel();
  client_.Close();
  server_.Close();
}

void Session::CloseIfClientLeft() {
  // Otherwise it is still being done what the client asked for before it left.
  const bool stuck = server_.written() == written_before_;
  written_before_ = server_.written();
  if (stuck && client_.PeerHasLeft()) Close();
}

asio::awaitable<void> Session::Tell(const absl::Status& status) {
  v1::SqlErrorDetail detail = pgwire::ErrorDetailOf(status, kConnectionFailure);
  detail.set_severity("FATAL");
  std::string message;
  pgwire::EncodeErrorResponse(detail, &message);
  try {
    co_await client_.Write(message);
  } catch (const boost::system::system_error&) {
    // Nobody listens any more.
  }
}

asio::awaitable<void> Session::Serve() {
  login_timer_.expires_after(
      absl::ToChronoSeconds(endpoint_->options.login_timeout));
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
  std::string farewell;
  pgwire::EncodeTerminate(&farewell);
  co_await server_.Write(farewell);
}

asio::awaitable<bool> Session::Open() {
  HandshakeOptions options;
  options.tls = &endpoint_->tls;
  options.tls_required = endpoint_->options.tls_required;
  const StartupPacket packet = co_await Handshake(options, &client_);
  if (packet.kind == StartupPacket::Kind::kCancelRequest) {
    endpoint_->cancels.Request(packet.key);
    co_return false;
  }
  ThrowIfError(endpoint_->quota.Admit(endpoint_->options.clock->Now()));
  admitted_ = true;
  if (endpoint_->faults != nullptr) {
    ThrowIfError(endpoint_->faults->OnConnect());
  }
  co_await LogIn(endpoint_.get(), packet, &client_, &server_);
  key_ = endpoint_->cancels.Add(server_.key().pid,
                                packet.minor >= 2 ? kLongSecret : kShortSecret,
                                [weak = weak_from_this()] {
                                  const auto self = weak.lock();
                                  if (self == nullptr) return;
                                  asio::co_spawn(
                                      self->client_.executor(),
                                      [self]() -> asio::awaitable<void> {
                                        co_await self->server_.Cancel();
                                      },
                                      asio::detached);
                                });
  OpenTransaction();
  co_await WelcomeClient(*endpoint_, server_, key_, &client_);
  co_return true;
}

absl::Status Session::CheckLife() const {
  const GatewayOptions& options = endpoint_->options;
  if (in_transaction() ||
      options.clock->Now() < opened_ + options.session_life) {
    return absl::OkStatus();
  }
  return LifeIsOver();
}

asio::awaitable<bool> Session::HandleMessage() {
  const Message message =
      co_await client_.ReadMessage(endpoint_->options.max_message_size);
  ThrowIfError(CheckLife());
  switch (message.type) {
    case FrontendType::kTerminate:
      co_return false;
    case FrontendType::kQuery:
    case FrontendType::kFunctionCall:
      co_await HandleQuery(message);
      break;
    case FrontendType::kParse:
    case FrontendType::kBind:
    case FrontendType::kDescribe:
    case FrontendType::kExecute:
    case FrontendType::kClose:
    case FrontendType::kFlush:
    case FrontendType::kSync:
      co_await HandleExtended(message);
      break;
    case FrontendType::kCopyData:
    case FrontendType::kCopyDone:
    case FrontendType::kCopyFail:
      // Of a COPY that failed: PostgreSQL ignores what was under way.
      client_.buffer().Consume(message.bytes.size());
      break;
    default:
      throw StatusError(pgwire::ProtocolError(absl::StrCat(
          "invalid frontend message type ", static_cast<int>(message.type))));
  }
  co_return true;
}

asio::awaitable<void> Session::HandleQuery(const Message& message) {
  // What came before without a Sync is answered first.
  if (!batch_.request.empty()) co_await FinishBatch();
  Step step;
  if (message.type == FrontendType::kQuery) {
    ThrowIfError(builder_.AddQuery(message, &step));
  } else {
    step.request = std::string(message.bytes);
  }
  client_.buffer().Consume(message.bytes.size());
  co_await RunStep(step);
}

asio::awaitable<void> Session::HandleExtended(const Message& message) {
  const char type = message.type;
  if (skip_to_sync_ && type != FrontendType::kSync) {
    client_.buffer().Consume(message.bytes.size());
    co_return;
  }
  skip_to_sync_ = false;
  ThrowIfError(builder_.AddExtended(message, &batch_));
  client_.buffer().Consume(message.bytes.size());
  if (type == FrontendType::kSync || type == FrontendType::kFlush) {
    co_await RunBatch();
  } else if (batch_.request.size() > kMaxBatch) {
    co_await FinishBatch();
  }
}

asio::awaitable<void> Session::FinishBatch() {
  pgwire::EncodeFlush(&batch_.request);
  batch_.until_ready = false;
  co_await RunBatch();
}

asio::awaitable<void> Session::RunBatch() {
  const Step step = std::exchange(batch_, Step());
  co_await RunStep(step);
}

asio::awaitable<void> Session::RunStep(const Step& step) {
  const ConnectionFaults::Verdict faults = FaultsOf(step);
  co_await Suffer(faults);
  if (Any(step, &sql::Statement::reads_jobs)) co_await RunJobs();
  muted_ = faults.drop_after;
  if (transaction_ == nullptr) {
    co_await Stream(step);
  } else {
    co_await transaction_->Acquire();
    co_await RunInTransaction(step);
    transaction_->Release();
  }
  if (muted_) Drop();
  co_await RunSubmittedJobs(step);
  client_.buffer().Shrink();
  server_.buffer().Shrink();
}

asio::awaitable<void> Session::Stream(const Step& step) {
  AnswerTranslator answer(&step);
  co_await server_.Write(step.request);
  co_await RelayAnswer(&answer);
  EndStep(answer.status(), answer.failed());
}

asio::awaitable<void> Session::RunInTransaction(const Step& step) {
  const std::vector<Step> parts = SplitStep(step, transaction_->is_explicit());
  if (parts.size() > 1 || !transaction_->MayStream(step)) {
    co_await RunParts(parts);
    co_return;
  }
  transaction_->StartStream();
  AnswerTranslator answer(&step);
  co_await server_.Write(step.request);
  co_await RelayAnswer(&answer);
  transaction_->EndStream(step, answer.failed());
  EndStep(answer.status(), answer.failed());
}

asio::awaitable<void> Session::RunParts(const std::vector<Step>& parts) {
  std::string output;
  Transaction::Answer answer;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    answer = co_await transaction_->Run(parts[i]);
    output += answer.output;
    if (last) break;
    if (answer.failed && !parts[i].extended) break;
    if (answer.failed) {
      // The server skips what follows, and so does a client's batch.
      if (!parts.back().until_ready) break;
      Step sync;
      sync.extended = true;
      pgwire::EncodeSync(&sync.request);
      answer = co_await transaction_->Run(sync);
      output += answer.output;
      answer.failed = true;
      break;
    }
    // One ReadyForQuery is for all.
    if (answer.status != '\0') output.resize(output.size() - kReadySize);
  }
  if (!muted_) co_await client_.Write(output);
  EndStep(answer.status, answer.failed);
}

void Session::OpenTransaction() {
  if (!endpoint_->options.transactions.optimistic) return;
  Transaction::Context context;
  context.coordinator =
      endpoint_->coordinators->Get(client_.executor(), server_);
  context.executor = client_.executor();
  context.controls = endpoint_->controls;
  context.server = &server_;
  context.clock = endpoint_->options.clock;
  context.options = &endpoint_->options.transactions;
  context.workers = &endpoint_->workers;
  context.copy_in =
      [this](std::string answered) -> asio::awaitable<std::string> {
    co_await client_.Write(answered);
    std::string data;
    while (co_await ReadCopyIn(&data)) {
    }
    co_return data;
  };
  transaction_ =
      std::make_unique<Transaction>(std::move(context), weak_from_this());
}

ConnectionFaults::Verdict Session::FaultsOf(const Step& step) const {
  if (endpoint_->faults == nullptr || !endpoint_->faults->armed()) return {};
  int statements = 0;
  bool commits = false;
  for (const Expected& expected : step.expected) {
    if (!expected.runs || !expected.statement) continue;
    ++statements;
    commits |= expected.statement->kind == sql::StatementKind::kCommit ||
               (!in_transaction() &&
                (expected.statement->writes || expected.statement->is_ddl));
  }
  return endpoint_->faults->OnStep(statements, commits);
}

asio::awaitable<void> Session::Suffer(ConnectionFaults::Verdict verdict) {
  if (verdict.delay > absl::ZeroDuration()) {
    // Close() cancels it.
    login_timer_.expires_after(absl::ToChronoMicroseconds(verdict.delay));
    co_await login_timer_.async_wait(asio::use_awaitable);
  }
  if (verdict.drop_before) Drop();
}

asio::awaitable<void> Session::RelayAnswer(AnswerTranslator* answer) {
  AnswerRelay relay(answer);
  while (!answer->complete()) {
    if (server_.buffer().view().empty() ||
        server_.buffer().view().size() < relay.needed()) {
      co_await server_.ReadMore(relay.needed());
    }
    const absl::string_view output = relay.Take(server_.buffer().view());
    if (!muted_ && !output.empty()) co_await client_.Write(output);
    server_.buffer().Consume(relay.used());
    if (answer->copy_in()) {
      co_await RelayCopyIn();
      answer->EndCopyIn();
    } else if (relay.used() == 0 && relay.needed() == 0) {
      co_await server_.ReadMore();
    }
  }
}

asio::awaitable<void> Session::RelayCopyIn() {
  std::string data;
  bool more = true;
  while (more) {
    more = co_await ReadCopyIn(&data);
    if (!more || data.size() > kMaxKeptCopy) {
      co_await server_.Write(data);
      data.clear();
    }
  }
}

asio::awaitable<bool> Session::ReadCopyIn(std::string* data) {
  const Message message =
      co_await client_.ReadMessage(endpoint_->options.max_message_size);
  bool more = true;
  switch (message.type) {
    case FrontendType::kCopyDone:
    case FrontendType::kCopyFail:
      more = false;
      [[fallthrough]];
    case FrontendType::kCopyData:
      data->append(message.bytes.data(), message.bytes.size());
      break;
    case FrontendType::kFlush:
    case FrontendType::kSync:
      break;  // PostgreSQL ignores them here.
    default:
      pgwire::EncodeCopyFail(
          "another message came in the place of CopyData or CopyDone", data);
      co_return false;  // The message is the next to be handled.
  }
  client_.buffer().Consume(message.bytes.size());
  co_return more;
}

void Session::EndStep(char status, bool failed) {
  if (status != '\0') {
    status_ = status;
  } else if (failed) {
    skip_to_sync_ = true;
  }
  prepared_.EndStep(failed);
  if (!in_transaction()) prepared_.ForgetPortals();
}

asio::awaitable<void> Session::RunSubmittedJobs(const Step& step) {
  jobs_submitted_ = jobs_submitted_ || Any(step, &sql::Statement::submits_job);
  if (!jobs_submitted_ || in_transaction() || !step.until_ready) co_return;
  jobs_submitted_ = false;
  co_await RunJobs();
  if (transaction_ != nullptr) transaction_->ChangeCatalog();
}

asio::awaitable<void> Session::RunJobs() {
  const std::function<bool()> run = [backend = endpoint_->backend] {
    backend->RunJobs();
    return true;
  };
  // What they change may wait for transactions that are open.
  if (transaction_ != nullptr) transaction_->ExpectForeignWaits(true);
  co_await OnWorker(&endpoint_->workers, run);
  if (transaction_ != nullptr) transaction_->ExpectForeignWaits(false);
}

}  // namespace dsql
