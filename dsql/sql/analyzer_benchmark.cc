// What a statement costs before it runs: seen before, and for the first time.

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

void BM_Hit(benchmark::State& state) {
  StatementCache cache{DialectOptions()};
  for (auto _ : state) benchmark::DoNotOptimize(cache.Get(kJoin));
}
BENCHMARK(BM_Hit);

void BM_Miss(benchmark::State& state, const char* text) {
  for (auto _ : state) benchmark::DoNotOptimize(Analyze(text, {}));
}
BENCHMARK_CAPTURE(BM_Miss, join, kJoin);
BENCHMARK_CAPTURE(BM_Miss, insert, kInsert);

}  // namespace
}  // namespace dsql::sql
