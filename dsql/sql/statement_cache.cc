#include "dsql/sql/statement_cache.h"

#include <utility>

namespace dsql::sql {

StatementCache::StatementCache(DialectOptions options, size_t capacity)
    : options_(std::move(options)), capacity_(capacity) {}

std::shared_ptr<const Analysis> StatementCache::Get(absl::string_view text) {
  const auto found = by_text_.find(text);
  if (found != by_text_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front();
  }
  auto analysis = std::make_shared<const Analysis>(Analyze(text, options_));
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
