#include "dsql/sql/statement_cache.h"

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "dsql/sql/row_lock_trace.h"
#include "dsql/sql/table_writes.h"

namespace dsql::sql {
namespace {

// What optimistic concurrency needs besides.
void AddWrites(const Analysis& analysis, Statement* statement) {
  if (!statement->writes || statement->refusal.has_value()) return;
  const absl::string_view text =
      absl::string_view(analysis.text)
          .substr(statement->begin, statement->length);
  statement->table_writes = FindTableWrites(text);
  if (!statement->locks || statement->rewrite.has_value()) return;
  absl::optional<std::string> traced = TraceRowLocks(text);
  if (!traced.has_value()) return;
  statement->rewrite.emplace();
  statement->rewrite->text = *std::move(traced);
}

Analysis AnalyzeWrites(absl::string_view text, const DialectOptions& options) {
  Analysis analysis = Analyze(text, options);
  if (!options.find_writes) return analysis;
  for (Statement& statement : analysis.statements)
    AddWrites(analysis, &statement);
  return analysis;
}

}  // namespace

StatementCache::StatementCache(DialectOptions options, size_t capacity)
    : options_(std::move(options)), capacity_(capacity) {}

std::shared_ptr<const Analysis> StatementCache::Get(absl::string_view text) {
  const auto found = by_text_.find(text);
  if (found != by_text_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front();
  }
  auto analysis =
      std::make_shared<const Analysis>(AnalyzeWrites(text, options_));
  if (text.size() > kMaxText) return analysis;
  if (entries_.size() >= capacity_) {
    by_text_.erase(entries_.back()->text);
    entries_.pop_back();
  }
  entries_.push_front(analysis);
  by_text_[analysis->text] = entries_.begin();
  return analysis;
}

}  // namespace dsql::sql
