// SPDX-License-Identifier: Apache-2.0

// Transaction: how large is what it writes.
//
// The server is asked only where the text, or the number of rows, does not tell
// that nothing can be too large; see sql/sizes.sql.

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/occ/answer_edits.h"
#include "dsql/occ/transaction.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using sql::TableWrite;

// A sixteenth of what a value may have: jsonb makes so much of an array's
// text, and nothing makes more.
constexpr size_t kLargeText = 64 * 1024;
// Half of what a key may have, as others are added to what is changed.
constexpr size_t kLargeKeyText = 1024;

// Of a row that is only locked, by guess: what it costs beside its key, and how
// large that is at most.
constexpr int64_t kLockedRow = 16;
constexpr int64_t kLockedKey = 2 * 1024;
// Of a row that has nothing large, with its index entries.
constexpr int64_t kSmallRow = 2 * 1024;
// Of any: 2 MiB, and 24 entries.
constexpr int64_t kAnyRow = 2 * 1024 * 1024 + 24 * 2 * 1024;
// Of a text, as it is, as jsonb, and in index entries.
constexpr int64_t kMostGrowth = 32;

// In bytes, of whatever a text cannot tell.
constexpr size_t kUnknown = 1024 * 1024 * 1024;

}  // namespace

size_t Transaction::ValueBytes(const Unit& unit) {
  // Of a statement that was prepared before, too.
  size_t size = RequestText(unit.statement()).size();
  if (!unit.step->extended()) return size;
  const auto uses = static_cast<size_t>(unit.statement()->parameter_uses);
  // A portal may have been bound before.
  bool bound = false;
  for (size_t i = unit.first; i < unit.last; ++i) {
    const Action& action = unit.step->actions[i];
    if (action.kind != Action::kBind) continue;
    bound = true;
    size += action.size * uses;
  }
  return bound ? size : kUnknown;
}

bool Transaction::MayHaveLargeValue(const Effects& effects) {
  return effects.modifies_rows &&
         (!effects.bounds_values || effects.value_bytes >= kLargeText);
}

bool Transaction::MayHaveLargeKey(const Effects& effects) {
  return effects.sets_large_key &&
         (!effects.bounds_values || effects.value_bytes >= kLargeKeyText);
}

bool Transaction::MayBeTooLarge(const Effects& effects) {
  return MayHaveLargeValue(effects) || MayHaveLargeKey(effects);
}

int64_t Transaction::MostBytes(const Effects& effects, int64_t rows) {
  bool updates = false;
  for (const TableWrite& write : *effects.writes)
    updates |= write.kind == TableWrite::kUpdate;
  // An update takes over what it does not change; a referential action is one.
  if (updates || !effects.bounds_values || !effects.tag_tells_rows)
    return rows * kAnyRow;
  return static_cast<int64_t>(effects.value_bytes) * kMostGrowth +
         rows * kSmallRow;
}

bool Transaction::MayWriteLarge(const Unit& unit,
                                const KeyCatalog& keys) const {
  const Effects effects = EffectsOf(unit, 0, &keys);
  if (MayBeTooLarge(effects)) return true;
  const int64_t rows = unit.statement()->max_rows.value_or(1);
  return MostBytes(effects, rows) >
         static_cast<int64_t>(options_.limits.max_size);
}

// PostgreSQL, too, has a limit of keys.
void Transaction::TellKeySize(Answer* answer) {
  const v1::SqlErrorDetail error = KeyTooLarge();
  if (answer->sqlstate != error.sqlstate()) return;
  absl::string_view rest = answer->output;
  while (!rest.empty()) {
    const pgwire::Message message = pgwire::TakeMessage(&rest);
    if (message.type == pgwire::BackendType::kErrorResponse &&
        absl::StartsWith(pgwire::FindErrorField(message.body, 'M'),
                         "index row ")) {
      answer->output = WithError(answer->output, error);
      return;
    }
  }
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>> Transaction::FindSizeError(
    const Effects& effects) {
  const bool keys = MayHaveLargeKey(effects);
  std::vector<std::string> commands = {absl::StrCat(
      "SELECT dsql_internal.enforce_sizes(", keys ? "true" : "false", ")")};
  const auto rows = co_await conversation_->Run(std::move(commands),
                                                Conversation::Cancels::kHitIt);
  if (rows.ok()) co_return absl::nullopt;
  co_return pgwire::ErrorDetailOf(rows.status(), "XX000");
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>>
Transaction::FindTotalError() {
  const auto limit = static_cast<int64_t>(options_.limits.max_size);
  const int64_t locked = record_.locked_rows * kLockedRow;
  if (record_.most_bytes + locked + record_.locked_rows * kLockedKey <= limit)
    co_return absl::nullopt;
  std::vector<std::string> commands = {
      absl::StrCat("SELECT dsql_internal.transaction_size(", record_.rows, ", ",
                   limit - locked, ")")};
  const auto rows = co_await conversation_->Run(std::move(commands),
                                                Conversation::Cancels::kHitIt);
  if (!rows.ok()) co_return pgwire::ErrorDetailOf(rows.status(), "XX000");
  int64_t written = 0;
  if (!absl::SimpleAtoi((*rows)[0][0], &written)) written = 0;
  if (written + locked <= limit) co_return absl::nullopt;
  co_return SizeLimitExceeded(static_cast<size_t>(written + locked),
                              options_.limits.max_size);
}

}  // namespace dsql
