#include "dsql/gateway/session/answer_translator.h"

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql {
namespace {

using pgwire::BackendType;

// What this library does inside the server is not for clients: where a message
// says in which of its functions it came up, that is left out, and so are
// positions in their texts.
bool HideInternals(const pgwire::Message& message, std::string* replacement) {
  const absl::string_view context = pgwire::FindErrorField(message.body, 'W');
  if (!absl::StrContains(context, "dsql_internal")) return false;
  pgwire::CopyWithoutFields(message, "Wpq", replacement);
  return true;
}

}  // namespace

AnswerTranslator::AnswerTranslator(const Step* step)
    : step_(step), until_ready_(step->until_ready) {}

const Expected* AnswerTranslator::current() const {
  return at_ < step_->expected.size() ? &step_->expected[at_] : nullptr;
}

bool AnswerTranslator::hides_rows() const {
  const Expected* expected = current();
  return expected != nullptr && expected->statement &&
         expected->statement->rewrite.has_value() &&
         expected->statement->rewrite->hide_rows;
}

bool AnswerTranslator::MustSee(char type) const {
  switch (type) {
    case BackendType::kBindComplete:
    case BackendType::kCloseComplete:
    case BackendType::kCommandComplete:
    case BackendType::kCopyInResponse:
    case BackendType::kEmptyQueryResponse:
    case BackendType::kErrorResponse:
    case BackendType::kFunctionCallResponse:
    case BackendType::kNoData:
    case BackendType::kNoticeResponse:
    case BackendType::kParseComplete:
    case BackendType::kPortalSuspended:
    case BackendType::kReadyForQuery:
      return true;
    case BackendType::kRowDescription:
      return step_->extended || hides_rows();
    case BackendType::kDataRow:
      return hides_rows();
    default:
      return false;
  }
}

bool AnswerTranslator::Advance() {
  ++at_;
  if (!until_ready_ && at_ >= step_->expected.size()) complete_ = true;
  return false;
}

bool AnswerTranslator::TranslateTag(const pgwire::Message& message,
                                    std::string* replacement) {
  const Expected* expected = current();
  const bool rewritten = expected != nullptr && expected->statement &&
                         expected->statement->rewrite.has_value() &&
                         !expected->statement->rewrite->command_tag.empty();
  if (rewritten) {
    pgwire::EncodeCommandComplete(expected->statement->rewrite->command_tag,
                                  replacement);
  }
  Advance();
  return rewritten;
}

bool AnswerTranslator::TranslateError(const pgwire::Message& message,
                                      std::string* replacement) {
  failed_ = true;
  if (!until_ready_) complete_ = true;
  const Expected* expected = current();
  if (expected == nullptr || !expected->statement ||
      !expected->statement->refusal.has_value()) {
    return HideInternals(message, replacement);
  }
  pgwire::EncodeErrorResponse(expected->statement->refusal->error, replacement);
  return true;
}

bool AnswerTranslator::Translate(const pgwire::Message& message,
                                 std::string* replacement) {
  switch (message.type) {
    case BackendType::kReadyForQuery: {
      const absl::StatusOr<char> status =
          pgwire::DecodeReadyForQuery(message.body);
      status_ = status.ok() ? *status : pgwire::TransactionStatus::kFailed;
      complete_ = true;
      return false;
    }
    case BackendType::kErrorResponse:
      return TranslateError(message, replacement);
    case BackendType::kNoticeResponse:
      return HideInternals(message, replacement);
    case BackendType::kCommandComplete:
      return TranslateTag(message, replacement);
    case BackendType::kCopyInResponse:
      copy_in_ = true;
      // The server takes a Sync that was sent along for one that belongs to the
      // data, and ignores it.
      if (step_->extended) until_ready_ = false;
      return false;
    case BackendType::kRowDescription: {
      const bool hidden = hides_rows();
      if (step_->extended) {
        if (hidden) pgwire::WireWriter(BackendType::kNoData, replacement);
        Advance();
      }
      return hidden;
    }
    case BackendType::kDataRow:
      return true;
    default:
      return Advance();
  }
}

}  // namespace dsql
