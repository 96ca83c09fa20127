// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/message_cutter.h"

#include <algorithm>
#include <utility>

#include "absl/types/optional.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/pgwire/framing.h"

namespace dsql {
namespace {

// PostgreSQL's own cap.
constexpr size_t kMaxServerMessage = size_t{1} << 30;

// 0 where the header is not there yet.
size_t SizeOf(absl::string_view bytes) {
  const absl::optional<pgwire::Header> header =
      ValueOrThrow(pgwire::PeekHeader(bytes, kMaxServerMessage));
  return header.has_value() ? header->size : 0;
}

absl::string_view TakePrefix(size_t size, absl::string_view* bytes) {
  const absl::string_view prefix = bytes->substr(0, size);
  bytes->remove_prefix(prefix.size());
  return prefix;
}

}  // namespace

absl::string_view MessageCutter::Take(absl::string_view* bytes) {
  if (std::exchange(returned_, false)) kept_.clear();
  if (kept_.empty()) {
    const size_t size = SizeOf(*bytes);
    if (size > 0 && size <= bytes->size()) return TakePrefix(size, bytes);
  }
  Keep(pgwire::kHeaderSize, bytes);
  const size_t size = SizeOf(kept_);
  Keep(size, bytes);
  returned_ = size > 0 && kept_.size() == size;
  return returned_ ? absl::string_view(kept_) : absl::string_view();
}

void MessageCutter::Keep(size_t size, absl::string_view* bytes) {
  if (size <= kept_.size()) return;
  const absl::string_view more = TakePrefix(size - kept_.size(), bytes);
  kept_.append(more.data(), more.size());
}

}  // namespace dsql
