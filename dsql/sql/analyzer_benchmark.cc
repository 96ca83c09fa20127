// SPDX-License-Identifier: Apache-2.0

// What a statement costs before it runs: seen before, and for the first time.

#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/statement_cache.h"

namespace dsql::sql {
namespace {

constexpr char kJoin[] =
    "SELECT o.id, o.total FROM orders o JOIN customers c "
    "ON c.id = o.customer_id WHERE c.name = $1 AND o.total > $2 "
    "ORDER BY o.id LIMIT 10";
constexpr char kInsert[] = "INSERT INTO t (a, b) VALUES (1, 'x')";
constexpr char kLock[] =
    "SELECT id, total FROM orders WHERE id = $1 ORDER BY id FOR UPDATE";

void BM_Hit(benchmark::State& state) {
  StatementCache cache{DialectOptions()};
  for (auto _ : state) benchmark::DoNotOptimize(cache.Get(kJoin));
}
BENCHMARK(BM_Hit);

void BM_Miss(benchmark::State& state, const char* text) {
  DialectOptions options;
  options.trace_row_locks = true;
  for (auto _ : state) {
    StatementCache cache{options};
    benchmark::DoNotOptimize(cache.Get(text));
  }
}
BENCHMARK_CAPTURE(BM_Miss, join, kJoin);
BENCHMARK_CAPTURE(BM_Miss, insert, kInsert);
BENCHMARK_CAPTURE(BM_Miss, lock, kLock);

// The same statement with other values each time.
void BM_OtherValues(benchmark::State& state, const char* quote) {
  StatementCache cache{DialectOptions()};
  int value = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.Get(
        absl::StrCat("INSERT INTO t (a, b, c) VALUES (", quote, ++value, quote,
                     ", ", quote, value * 7, quote, ", 5)")));
  }
}
BENCHMARK_CAPTURE(BM_OtherValues, numbers, "");
BENCHMARK_CAPTURE(BM_OtherValues, strings, "'");

void BM_LongText(benchmark::State& state) {
  std::string text = "INSERT INTO t VALUES (0, 'x')";
  while (text.size() < 17 * 1024) absl::StrAppend(&text, ", (12345, 'abcdef')");
  StatementCache cache{DialectOptions()};
  for (auto _ : state) benchmark::DoNotOptimize(cache.Get(text));
}
BENCHMARK(BM_LongText);

}  // namespace
}  // namespace dsql::sql
