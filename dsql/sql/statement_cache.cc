// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/statement_cache.h"

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "dsql/sql/parse/literal_shape.h"

namespace dsql::sql {
namespace {

// Whether what is known of a statement holds whatever its literals are.
bool HoldsForAllLiterals(const Analysis& analysis) {
  if (analysis.statements.size() != 1) return false;
  const Statement& statement = analysis.statements[0];
  const bool is_plain = statement.kind == StatementKind::kSelect ||
                        statement.kind == StatementKind::kInsert ||
                        statement.kind == StatementKind::kUpdate ||
                        statement.kind == StatementKind::kDelete;
  return is_plain && !statement.depends_on_literals &&
         !statement.refusal.has_value() && !statement.rewrite.has_value();
}

// `like`, of a text with the same shape, for `text`.
std::shared_ptr<const Analysis> WithText(const Analysis& like,
                                         absl::string_view text) {
  auto analysis = std::make_shared<Analysis>(like);
  Statement& statement = analysis->statements[0];
  // Neither what precedes the statement nor what follows it has literals.
  statement.length += text.size() - like.text.size();
  analysis->text = std::string(text);
  return analysis;
}

}  // namespace

StatementCache::StatementCache(DialectOptions options, size_t capacity)
    : options_(std::move(options)), capacity_(capacity) {}

std::shared_ptr<const Analysis> StatementCache::Get(absl::string_view text) {
  if (auto known = Find(text)) return known;
  if (text.size() > kMaxText) {
    return std::make_shared<const Analysis>(Analyze(text, options_));
  }
  const absl::optional<std::string> shape = LiteralShape(text);
  if (shape.has_value()) {
    if (auto alike = Find(*shape)) return WithText(*alike, text);
  }
  auto analysis = std::make_shared<const Analysis>(Analyze(text, options_));
  const bool for_all = shape.has_value() && HoldsForAllLiterals(*analysis);
  Insert(for_all ? *shape : std::string(text), analysis);
  return analysis;
}

void StatementCache::set_postgres_version(int version) {
  if (version == options_.postgres_version) return;
  options_.postgres_version = version;
  by_key_.clear();
  entries_.clear();
}

std::shared_ptr<const Analysis> StatementCache::Find(absl::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return entries_.front().analysis;
}

void StatementCache::Insert(std::string key,
                            std::shared_ptr<const Analysis> analysis) {
  if (entries_.size() >= capacity_) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({std::move(key), std::move(analysis)});
  by_key_[entries_.front().key] = entries_.begin();
}

}  // namespace dsql::sql
