#include "dsql/sql/parse/parse_tree.h"

extern "C" {
#include <pg_query.h>
}

#include "dsql/sql/parse/parsed_text.h"

namespace dsql::sql {

absl::optional<pg_query::ParseResult> ParseTree(absl::string_view text) {
  const ParsedText parsed{std::string(text)};
  if (!parsed.ok()) return absl::nullopt;
  return parsed.root();
}

absl::optional<std::string> Deparse(const pg_query::ParseResult& tree) {
  std::string bytes = tree.SerializeAsString();
  const PgQueryDeparseResult deparsed =
      pg_query_deparse_protobuf({bytes.size(), &bytes[0]});
  absl::optional<std::string> text;
  if (deparsed.error == nullptr) text = deparsed.query;
  pg_query_free_deparse_result(deparsed);
  return text;
}

}  // namespace dsql::sql
