// SPDX-License-Identifier: Apache-2.0

// What a session does with its client's messages.

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/system/errc.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/session/jobs_done.h"
#include "dsql/gateway/session/session.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/frontend_header.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::FrontendType;
using pgwire::Message;

// What a client sent without Sync or Flush is handed on from this size on,
// between two statements: one that is alone stays so.
constexpr size_t kMaxBatch = 256 * 1024;
// Wherever that is: no statement alone is so large.
constexpr size_t kMaxUnexecuted = 16 * 1024 * 1024;
constexpr size_t kMaxActions = 4096;

// Whether it is handed on before a message of the type `next` is added.
bool IsFull(const Step& batch, char next) {
  if (EndsBatch(next)) return false;
  const size_t size = batch.request.size();
  if (size > kMaxUnexecuted || batch.actions.size() >= kMaxActions) return true;
  if (size <= kMaxBatch) return false;
  const bool begins =
      next == FrontendType::kParse || next == FrontendType::kBind;
  if (!begins || batch.actions.empty()) return false;
  const Action::Kind last = batch.actions.back().kind;
  return last == Action::kExecute || last == Action::kClose;
}

// Ends the session as a broken network would: without a word.
[[noreturn]] void Drop() {
  throw boost::system::system_error(
      make_error_code(boost::system::errc::connection_aborted));
}

// As PostgreSQL tells it.
v1::SqlErrorDetail CancelledByUser() {
  v1::SqlErrorDetail error;
  error.set_sqlstate("57014");
  error.set_message("canceling statement due to user request");
  return error;
}

}  // namespace

asio::awaitable<Message> Session::ReadMessage() {
  absl::Status unreadable;
  try {
    const Message message =
        co_await client_.ReadMessage(endpoint_->options.max_message_size);
    if (message.type != FrontendType::kPassword) co_return message;
    unreadable = pgwire::InvalidType(message.type);
  } catch (const StatusError& error) {
    unreadable = error.status();
  }
  // As PostgreSQL has done it, and answered it, by now.
  if (!builder_.batch().actions.empty()) co_await FinishBatch();
  throw StatusError(unreadable);
}

asio::awaitable<bool> Session::HandleMessage() {
  // What was under way did not need the server any more.
  ThrowIfError(over_);
  const Message message = co_await ReadMessage();
  ThrowIfError(CheckLife());
  // After an error of the extended protocol nothing counts but Sync.
  const bool ignored =
      conversation_.state().skipping() && message.type != FrontendType::kSync;
  switch (message.type) {
    case FrontendType::kTerminate:
      // What was sent before is done, as PostgreSQL has done it by now.
      if (!builder_.batch().actions.empty()) co_await FinishBatch();
      co_return false;
    case FrontendType::kQuery:
    case FrontendType::kFunctionCall:
      if (!ignored) {
        co_await HandleQuery(message);
        break;
      }
      [[fallthrough]];
    case FrontendType::kCopyData:
    case FrontendType::kCopyDone:
    case FrontendType::kCopyFail:
      if (!ignored && !builder_.batch().actions.empty()) {
        // The COPY that it is for may be among that.
        co_await FinishBatch();
      } else {
        // Of a COPY that failed: PostgreSQL ignores what was under way.
        client_.buffer().Consume(message.bytes.size());
      }
      break;
    default:
      if (ignored) {
        client_.buffer().Consume(message.bytes.size());
      } else {
        co_await HandleExtended();
      }
  }
  co_return true;
}

asio::awaitable<void> Session::HandleQuery(const Message& message) {
  const size_t size = message.bytes.size();
  // What came before without a Sync is answered first.
  if (!builder_.batch().actions.empty()) {
    co_await FinishBatch();
    if (conversation_.state().skipping()) {
      client_.buffer().Consume(size);
      co_return;
    }
  }
  Step step;
  if (message.type == FrontendType::kQuery ||
      endpoint_->options.dialect.enforce) {
    step = builder_.QueryOrRefusal(message);
  } else {
    step.ending = Step::kQuery;
    step.request = std::string(message.bytes);
    step.actions = {{Action::kStatement, {}, 0, size}};
  }
  client_.buffer().Consume(size);
  co_await RunStep(step);
}

Session::Gathered Session::Gather() {
  const size_t max_size = endpoint_->options.max_message_size;
  while (true) {
    const auto message = pgwire::NextMessage(client_.buffer().view(), max_size);
    // What is wrong is told when it is read.
    if (!message.ok() || !message->has_value()) return Gathered::kMoreToCome;
    const char type = (*message)->type;
    const size_t size = (*message)->bytes.size();
    if (!IsExtended(type) || !pgwire::CheckHeader({type, size}).ok())
      return Gathered::kMoreToCome;
    if (IsFull(builder_.batch(), type)) return Gathered::kFull;
    builder_.AddOrRefuse(**message);
    client_.buffer().Consume(size);
    if (EndsBatch(type)) return Gathered::kStep;
  }
}

asio::awaitable<void> Session::HandleExtended() {
  switch (Gather()) {
    case Gathered::kMoreToCome:
      break;
    case Gathered::kFull:
      co_await FinishBatch();
      break;
    case Gathered::kStep: {
      const Step step = builder_.TakeBatch();
      // There is nothing that a Flush would bring.
      if (step.until_ready() || !step.actions.empty()) co_await RunStep(step);
    }
  }
}

asio::awaitable<void> Session::FinishBatch() {
  Step step = builder_.TakeBatch();
  pgwire::EncodeFlush(&step.request);
  step.ending = Step::kFlush;
  co_await RunStep(step);
}

asio::awaitable<void> Session::RunStep(const Step& step) {
  conversation_.BeginStep();
  held_up_ = true;
  if (recorder_.has_value())
    recorder_->Begin(step, conversation_.state().in_block());
  if (!in_transaction() && !grant_->is_known()) co_await grant_->Check();
  const ConnectionFaults::Verdict faults =
      step_faults_.OnStep(step, conversation_.state(), endpoint_->faults.get());
  if (faults.holds_up()) co_await Suffer(faults);
  for (const Action& action : step.actions) {
    if (!action.runs() || !action.statement || !action.statement->reads_jobs)
      continue;
    co_await RunJobs();
    break;
  }
  const bool cancelled =
      conversation_.client_cancels() && !step.actions.empty();
  const bool drops = faults.drop_after && !cancelled;
  if (drops) runner_->Mute();
  grant_->BeginStep(step);
  held_up_ = false;
  if (cancelled) {
    const Step refusal = StepBuilder::RefusalOf(step, CancelledByUser());
    co_await runner_->Run(refusal);
  } else {
    co_await runner_->Run(step);
  }
  grant_->EndStep(in_transaction());
  if (!in_transaction()) builder_.NoteIdle();
  if (drops) Drop();
  if (recorder_.has_value()) recorder_->End();
  if (runner_->TakeSubmittedJobs()) co_await RunJobs();
  client_.buffer().Shrink();
  conversation_.link().buffer().Shrink();
}

asio::awaitable<void> Session::Suffer(ConnectionFaults::Verdict verdict) {
  // It may have been ended before there was a timer to be cancelled.
  if (conversation_.link().HasEnded()) Drop();
  if (verdict.delay > absl::ZeroDuration() && !conversation_.client_cancels()) {
    // Close(), End() and Cancel() cancel it.
    login_timer_.expires_after(absl::ToChronoMicroseconds(verdict.delay));
    boost::system::error_code error;
    co_await login_timer_.async_wait(
        asio::redirect_error(asio::use_awaitable, error));
    if (error && !conversation_.client_cancels())
      throw boost::system::system_error(error);
  }
  if (verdict.drop_before) Drop();
}

asio::awaitable<void> Session::RunJobs() {
  // What they change may wait for transactions that are open.
  const std::shared_ptr<void> running = runner_->JobsRun();
  co_await JobsDone(endpoint_->backend, client_.executor());
}

}  // namespace dsql
