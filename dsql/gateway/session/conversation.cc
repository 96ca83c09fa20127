// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/conversation.h"

#include <exception>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "dsql/gateway/session/client_text.h"
#include "dsql/gateway/session/internal_commands.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::BackendType;
using pgwire::Message;

// One more, while it lives.
class Counted {
 public:
  explicit Counted(int* count) : count_(count) { ++*count_; }
  ~Counted() { --*count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  int* const count_;
};

// What a server says that ends because another one of PostgreSQL has crashed.
bool IsCrashNotice(const Message& message) {
  return message.type == BackendType::kNoticeResponse &&
         absl::StartsWith(pgwire::FindErrorField(message.body, 'C'), "57P");
}

}  // namespace

Conversation::Conversation(asio::any_io_executor executor)
    : link_(executor),
      no_cancels_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<void> Conversation::AwaitNoCancel() {
  const Counted waiting(&waiting_);
  while (cancels_ > 0) {
    boost::system::error_code none;
    co_await no_cancels_.async_wait(
        asio::redirect_error(asio::use_awaitable, none));
  }
}

asio::awaitable<void> Conversation::Send(absl::string_view messages) {
  if (is_cancelling()) co_await AwaitNoCancel();
  std::string translated;
  if (!state_.server_reads().is_utf8()) {
    translated = WithTextsIn(state_.server_reads(), messages);
    messages = translated;
  }
  messages.remove_prefix(link_.WriteSome(messages));
  if (!messages.empty()) co_await link_.Write(messages);
}

asio::awaitable<void> Conversation::Read(AnswerTranslator* translator,
                                         AnswerSink* sink, AnswerTap* tap) {
  AnswerRelay relay(translator, tap);
  ReadBuffer& buffer = link_.buffer();
  while (!translator->complete() && !translator->copy_in()) {
    if (buffer.view().empty() || buffer.view().size() < relay.needed()) {
      co_await link_.ReadMore(relay.needed());
    }
    const absl::string_view output = relay.Take(buffer.view());
    if (!output.empty() && !sink->Take(output)) co_await sink->Flush();
    buffer.Consume(relay.used());
    if (relay.used() == 0 && relay.needed() == 0) co_await link_.ReadMore();
  }
}

asio::awaitable<std::string> Conversation::ReadUntilReady() {
  std::string answer;
  char type = '\0';
  while (type != BackendType::kReadyForQuery) {
    const Message message = co_await link_.ReadMessage();
    type = message.type;
    if (type == BackendType::kParameterStatus) {
      const auto parameter = pgwire::DecodeParameterStatus(message.body);
      if (parameter.ok()) state_.Reported(parameter->name, parameter->value);
    }
    answer.append(message.bytes.data(), message.bytes.size());
    link_.buffer().Consume(message.bytes.size());
  }
  state_.Ready(answer.back());
  co_return answer;
}

asio::awaitable<std::string> Conversation::Repeat(std::string request,
                                                  Cancels cancels) {
  const Counted repeating(&repeating_);
  absl::optional<Counted> missed;
  if (cancels == Cancels::kMissIt) missed.emplace(&missed_);
  const bool after_error = state_.skipping();
  if (after_error) {
    std::string sync;
    pgwire::EncodeSync(&sync);
    request = sync + request;
  }
  co_await Send(request);
  if (after_error) co_await ReadUntilReady();
  co_return co_await ReadUntilReady();
}

asio::awaitable<void> Conversation::Sync() {
  std::string sync;
  pgwire::EncodeSync(&sync);
  co_await Send(sync);
  co_await ReadUntilReady();
}

asio::awaitable<absl::StatusOr<Conversation::Rows>> Conversation::Run(
    std::vector<std::string> commands, Cancels cancels) {
  std::string request;
  for (const std::string& command : commands) EncodeCommand(command, &request);
  pgwire::EncodeSync(&request);
  const std::string answer = co_await Repeat(std::move(request), cancels);
  const absl::Status status = StatusOf(answer);
  if (!status.ok()) co_return status;
  Rows rows = TextRows(answer);
  if (state_.server_reads().is_utf8()) co_return rows;
  for (auto& row : rows)
    for (std::string& value : row) value = state_.server_reads().ToUtf8(value);
  co_return rows;
}

asio::awaitable<void> Conversation::CancelForClient() {
  // The server does nothing that could be cancelled; who waits is not to wait
  // for one request after the other.
  if (waiting_ > 0) co_return;
  client_cancels_ = true;
  if (missed_ > 0) co_return;
  // As nothing is sent meanwhile, it is the same statement that that one hits.
  if (cancels_ > 0) co_return;
  const CancelUnderWay under_way(this);
  try {
    co_await link_.Cancel();
  } catch (const std::exception&) {
    // As where the request is lost on its way.
  }
}

std::string Conversation::TakeFarewell() {
  std::string farewell;
  try {
    link_.ReadAvailable();
    while (true) {
      const auto message = pgwire::NextMessage(link_.buffer().view());
      if (!message.ok() || !message->has_value()) break;
      if ((*message)->type == BackendType::kErrorResponse)
        farewell = std::string((*message)->bytes);
      if (IsCrashNotice(**message))
        absl::StrAppend(&farewell, (*message)->bytes);
      link_.buffer().Consume((*message)->bytes.size());
    }
  } catch (const std::exception&) {
    // Nothing more will come.
  }
  return farewell;
}

void Conversation::StartWith(const std::map<std::string, std::string>& fixed) {
  for (const auto& entry : fixed) state_.Fix(entry.first);
  for (const auto& parameter : link_.parameters())
    state_.Told(parameter.first, parameter.second);
}

Conversation::CancelUnderWay::CancelUnderWay(Conversation* conversation)
    : conversation_(conversation) {
  ++conversation_->cancels_;
}

Conversation::CancelUnderWay::~CancelUnderWay() {
  if (--conversation_->cancels_ == 0) conversation_->no_cancels_.cancel();
}

}  // namespace dsql
