// SPDX-License-Identifier: Apache-2.0

// Analyses of statements that came before.

#ifndef DSQL_SQL_STATEMENT_CACHE_H_
#define DSQL_SQL_STATEMENT_CACHE_H_

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/dialect_options.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// Keeps the `capacity` analyses that were used last. Queries and changes of
// rows that differ in their literals only share one, as clients that write
// values into their statements send a new text each time. A text longer than
// kMaxText is analysed each time, so that memory is bounded.
//
// Thread-compatible.
class StatementCache {
 public:
  static constexpr size_t kMaxText = 16 * 1024;

  explicit StatementCache(DialectOptions options, size_t capacity = 1024);

  std::shared_ptr<const Analysis> Get(absl::string_view text);

  // What servers are there is told by the first that is connected to.
  void set_postgres_version(int version);

 private:
  struct Entry {
    // A text, or the shape of texts.
    std::string key;
    std::shared_ptr<const Analysis> analysis;
  };
  using Entries = std::list<Entry>;

  // Null where there is none.
  std::shared_ptr<const Analysis> Find(absl::string_view key);
  void Insert(std::string key, std::shared_ptr<const Analysis> analysis);

  DialectOptions options_;
  const size_t capacity_;
  // The one used last is the first.
  Entries entries_;
  // Keys view the entries' keys.
  absl::flat_hash_map<absl::string_view, Entries::iterator> by_key_;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_STATEMENT_CACHE_H_
