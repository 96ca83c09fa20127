// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/tokens.h"

#include <pg_query.h>

#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

// libpg_query's scanner says of U&"x" and U&'x' where they begin, not where
// they end: where blanks begin, or another token, which a comment is as well.
size_t EndOf(const pg_query::ScanResult& scan, int i, const std::string& text) {
  const pg_query::ScanToken& token = scan.tokens(i);
  if (token.token() != pg_query::UIDENT && token.token() != pg_query::USCONST)
    return token.end();
  const size_t next =
      i + 1 < scan.tokens_size() ? scan.tokens(i + 1).start() : text.size();
  return text.find_last_not_of(" \t\n\r\f\v", next - 1) + 1;
}

}  // namespace

std::vector<Token> Scan(const std::string& text) {
  std::vector<Token> tokens;
  if (text.find('\0') != std::string::npos) return tokens;
  const PgQueryScanResult result = pg_query_scan(text.c_str());
  pg_query::ScanResult scan;
  if (result.error == nullptr &&
      scan.ParseFromArray(result.pbuf.data,
                          static_cast<int>(result.pbuf.len))) {
    tokens.reserve(scan.tokens_size());
    for (int i = 0; i < scan.tokens_size(); ++i) {
      const pg_query::ScanToken& token = scan.tokens(i);
      if (token.token() == pg_query::SQL_COMMENT ||
          token.token() == pg_query::C_COMMENT) {
        continue;
      }
      tokens.push_back({static_cast<size_t>(token.start()),
                        EndOf(scan, i, text), token.token()});
    }
  }
  pg_query_free_scan_result(result);
  return tokens;
}

absl::optional<Token> FirstParameter(const std::string& text) {
  for (const Token& token : Scan(text))
    if (token.kind == pg_query::PARAM) return token;
  return absl::nullopt;
}

}  // namespace dsql::sql
