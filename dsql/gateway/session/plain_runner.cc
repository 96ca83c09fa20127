// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/plain_runner.h"

#include <string>

#include "dsql/gateway/session/copy_data.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

// COPY data is kept until its end, so that the server holds no locks while the
// client is slow, but no more than this.
constexpr size_t kMaxKeptCopy = 12 * 1024 * 1024;

}  // namespace

asio::awaitable<void> PlainRunner::Run(const Step& step) {
  Conversation& conversation = *context_.conversation;
  if (!step.extended()) conversation.state().QuerySent();
  Expectation expected;
  expected.step = &step;
  expected.last = step.actions.size();
  expected.until_ready = step.until_ready();
  AnswerTranslator translator(expected, &conversation.state());
  ClientSink sink(muted_ ? nullptr : context_.client);
  co_await conversation.Send(step.request);
  co_await conversation.Read(&translator, &sink);
  while (translator.copy_in()) {
    co_await RelayCopyIn(step.extended());
    translator.EndCopyIn(false);
    co_await conversation.Read(&translator, &sink);
  }
  if (translator.failed()) co_return;
  for (const Action& action : step.actions)
    submitted_ |=
        action.runs() && action.statement && action.statement->submits_job;
}

bool PlainRunner::TakeSubmittedJobs() {
  if (context_.conversation->state().in_block()) return false;
  return std::exchange(submitted_, false);
}

asio::awaitable<void> PlainRunner::RelayCopyIn(bool extended) {
  std::string data;
  bool more = true;
  while (more) {
    more = co_await ReadCopyData(context_.client, context_.max_message_size,
                                 &data);
    // The server keeps its answer to itself up to a Sync that the client may
    // send later.
    if (!more && extended) pgwire::EncodeFlush(&data);
    if (!more || data.size() > kMaxKeptCopy) {
      co_await context_.conversation->Send(data);
      data.clear();
    }
  }
}

}  // namespace dsql
