// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/attempt.h"

#include <utility>

#include "dsql/gateway/session/internal_commands.h"
#include "dsql/occ/answer_edits.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

// Parse and Bind of a Query's statement; what follows answers for itself.
constexpr size_t kQueryAnswers = 2;

bool IsExtended(const Unit& unit) {
  return unit.as_query || unit.step->extended();
}

struct Encoded {
  std::string bytes;
  size_t hidden = 0;
  // Answers after those of `commands`.
  size_t hidden_after_commands = 0;
};

// Closes the statements that the messages parse. Returns how many.
size_t EncodeCloses(absl::string_view messages, std::string* out) {
  size_t count = 0;
  while (!messages.empty()) {
    const pgwire::Message message = pgwire::TakeMessage(&messages);
    if (message.type != pgwire::FrontendType::kParse) continue;
    const auto parse = pgwire::DecodeParse(message.body);
    if (!parse.ok() || parse->statement.empty()) continue;
    pgwire::EncodeClose({pgwire::Target::kStatement, parse->statement}, out);
    ++count;
  }
  return count;
}

Encoded Encode(const AttemptRequest& request) {
  Encoded encoded;
  for (const std::string& command : request.commands)
    EncodeCommand(command, &encoded.bytes);
  encoded.hidden = request.commands.size() * kCommandAnswers;
  std::string messages = MessagesOf(request.unit);
  if (request.again)
    encoded.hidden_after_commands += EncodeCloses(messages, &encoded.bytes);
  if (request.copy != nullptr) {
    PrivateCopy::Rewritten rewritten = request.copy->Rewrite(messages);
    encoded.bytes += rewritten.twins;
    encoded.hidden_after_commands += rewritten.twin_answers;
    messages = std::move(rewritten.messages);
  }
  encoded.bytes += messages;
  if (request.unit.as_query) encoded.hidden_after_commands += kQueryAnswers;
  if (HasOwnPortal(request.unit))
    encoded.hidden_after_commands += kOwnPortalAnswers;
  encoded.hidden += encoded.hidden_after_commands;
  if (IsExtended(request.unit)) pgwire::EncodeSync(&encoded.bytes);
  return encoded;
}

// The data, or its refusal, with what makes the server ready.
std::string CopyMessages(const AttemptRequest& request) {
  std::string messages = request.copy_data;
  if (messages.empty()) pgwire::EncodeCopyFail("not yet", &messages);
  if (IsExtended(request.unit)) pgwire::EncodeSync(&messages);
  return messages;
}

}  // namespace

Answer FailedBy(Answer answer, const v1::SqlErrorDetail& error) {
  if (answer.failed) {
    answer.output = WithError(answer.output, error);
  } else {
    answer.output = WithoutResult(answer.output);
    pgwire::EncodeErrorResponse(error, &answer.output);
  }
  answer.failed = true;
  answer.sqlstate = error.sqlstate();
  return answer;
}

asio::awaitable<Answer> Try(Conversation* conversation,
                            const AttemptRequest& request) {
  const Encoded encoded = Encode(request);
  Expectation expected;
  expected.step = request.unit.step;
  expected.first = request.unit.first;
  expected.last = request.unit.last;
  expected.hidden = encoded.hidden;
  expected.hides_ready = true;
  expected.hides_active_block = request.hides_active_block;
  expected.as_query = request.unit.as_query;
  AnswerTranslator translator(expected, &conversation->state());
  CapturedAnswer sink;
  AnswerWatch watch;
  if (!request.unit.step->extended()) conversation->state().QuerySent();
  co_await conversation->Send(encoded.bytes);
  co_await conversation->Read(&translator, &sink, &watch);
  Answer answer;
  while (translator.copy_in()) {
    answer.wants_copy_data = request.copy_data.empty();
    if (answer.wants_copy_data) {
      answer.output = std::exchange(sink.bytes(), {});
    } else {
      sink.bytes().clear();
    }
    const std::string data = CopyMessages(request);
    co_await conversation->Send(data);
    translator.EndCopyIn(true);
    co_await conversation->Read(&translator, &sink, &watch);
  }
  // One of the commands failed, and so the Query was ignored.
  if (conversation->state().skipping()) co_await conversation->Sync();
  if (!answer.wants_copy_data) answer.output = std::move(sink.bytes());
  if (request.copy != nullptr)
    answer.output = request.copy->Tell(answer.output);
  answer.failed = translator.failed() && !answer.wants_copy_data;
  answer.sqlstate = translator.sqlstate();
  answer.digest = watch.digest();
  answer.rows = translator.modified_rows();
  const size_t left = translator.hidden_left();
  answer.commands_done = left > encoded.hidden_after_commands
                             ? (encoded.hidden - left) / kCommandAnswers
                             : request.commands.size();
  co_return answer;
}

}  // namespace dsql
