// Analyses of statements that came before.

#ifndef DSQL_SQL_STATEMENT_CACHE_H_
#define DSQL_SQL_STATEMENT_CACHE_H_

#include <cstddef>
#include <list>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// Keeps the `capacity` texts that were used last. A text longer than kMaxText
// is analysed each time, so that memory is bounded.
//
// Thread-compatible.
class StatementCache {
 public:
  static constexpr size_t kMaxText = 16 * 1024;

  explicit StatementCache(DialectOptions options, size_t capacity = 1024);

  std::shared_ptr<const Analysis> Get(absl::string_view text);

 private:
  using Entries = std::list<std::shared_ptr<const Analysis>>;

  const DialectOptions options_;
  const size_t capacity_;
  // The one used last is the first.
  Entries entries_;
  // Keys view the entries' texts.
  absl::flat_hash_map<absl::string_view, Entries::iterator> by_text_;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_STATEMENT_CACHE_H_
