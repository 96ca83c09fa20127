#include "dsql/sql/analyzer.h"

namespace dsql::sql {

Analysis Analyze(absl::string_view text, const DialectOptions& options) {
  Analysis analysis;
  analysis.text = std::string(text);
  Statement statement;
  statement.length = text.size();
  analysis.statements.push_back(statement);
  return analysis;
}

}  // namespace dsql::sql
