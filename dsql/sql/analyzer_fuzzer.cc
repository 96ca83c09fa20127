// SPDX-License-Identifier: Apache-2.0

// Any bytes as SQL, under libFuzzer: bazel build --config=asan
// //dsql/sql:analyzer_fuzzer

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/dialect_options.h"
#include "dsql/sql/lint.h"

namespace dsql::sql {
namespace {

// Statements are in order, and within the text.
void Check(const Analysis& analysis) {
  size_t end = 0;
  for (const Statement& statement : analysis.statements) {
    if (statement.begin < end) std::abort();
    end = statement.begin + statement.length;
    if (end > analysis.text.size()) std::abort();
    if (statement.refusal.has_value() && statement.rewrite.has_value()) {
      std::abort();
    }
  }
  if (analysis.statements.empty()) std::abort();
}

}  // namespace
}  // namespace dsql::sql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (const int version : {15, 16, 17}) {
    dsql::sql::DialectOptions options;
    options.postgres_version = version;
    dsql::sql::Check(dsql::sql::Analyze(text, options));
  }
  dsql::sql::Lint(text, {});
  return 0;
}
