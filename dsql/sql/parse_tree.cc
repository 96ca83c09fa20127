#include "dsql/sql/parse_tree.h"

extern "C" {
#include <pg_query.h>
}

namespace dsql::sql {

absl::optional<pg_query::ParseResult> ParseTree(absl::string_view text) {
  const PgQueryProtobufParseResult parsed =
      pg_query_parse_protobuf(std::string(text).c_str());
  absl::optional<pg_query::ParseResult> tree;
  if (parsed.error == nullptr) {
    tree.emplace();
    const auto size = static_cast<int>(parsed.parse_tree.len);
    if (!tree->ParseFromArray(parsed.parse_tree.data, size)) tree.reset();
  }
  pg_query_free_protobuf_parse_result(parsed);
  return tree;
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
