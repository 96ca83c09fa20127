// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/answer_relay.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/pgwire/framing.h"

namespace dsql {
namespace {

// PostgreSQL's own cap.
constexpr size_t kMaxServerMessage = size_t{1} << 30;

}  // namespace

absl::string_view AnswerRelay::Take(absl::string_view input) {
  used_ = passed_from_ = needed_ = 0;
  composed_.clear();
  while (used_ < input.size() && TakeNext(input)) {
    if (answer_->complete() || answer_->copy_in()) break;
  }
  return Output(input);
}

// What passed so far is composed with what replaces the bytes after it.
void AnswerRelay::Skip(size_t size, absl::string_view input) {
  composed_.append(input.data() + passed_from_, used_ - passed_from_);
  used_ += size;
  passed_from_ = used_;
}

bool AnswerRelay::TakeNext(absl::string_view input) {
  const size_t rest = input.size() - used_;
  if (passing_ > 0) {
    const size_t size = std::min(passing_, rest);
    passing_ -= size;
    used_ += size;
    return true;
  }
  absl::string_view from_here = input.substr(used_);
  const absl::optional<pgwire::Header> header =
      ValueOrThrow(pgwire::PeekHeader(from_here, kMaxServerMessage));
  if (!header.has_value()) return false;
  const bool must_see = answer_->MustSee(header->type);
  if (!must_see && tap_ == nullptr) {
    passing_ = header->size;
    return true;
  }
  if (rest < header->size) {
    needed_ = header->size;
    return false;
  }
  const pgwire::Message message = pgwire::TakeMessage(&from_here);
  // What the gateway itself asks is nobody's answer.
  if (tap_ != nullptr && answer_->hidden_left() == 0) tap_->See(message);
  std::string replacement;
  if (must_see && answer_->Translate(message, &replacement)) {
    Skip(header->size, input);
    composed_ += replacement;
  } else {
    used_ += header->size;
  }
  return true;
}

absl::string_view AnswerRelay::Output(absl::string_view input) {
  const absl::string_view passed =
      input.substr(passed_from_, used_ - passed_from_);
  if (composed_.empty()) return passed;
  composed_.append(passed.data(), passed.size());
  return composed_;
}

}  // namespace dsql
