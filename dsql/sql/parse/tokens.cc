// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/tokens.h"

#include <pg_query.h>

#include "pg_query.pb.h"

namespace dsql::sql {

std::vector<Token> Scan(const std::string& text) {
  std::vector<Token> tokens;
  if (text.find('\0') != std::string::npos) return tokens;
  const PgQueryScanResult result = pg_query_scan(text.c_str());
  pg_query::ScanResult scan;
  if (result.error == nullptr &&
      scan.ParseFromArray(result.pbuf.data,
                          static_cast<int>(result.pbuf.len))) {
    tokens.reserve(scan.tokens_size());
    for (const pg_query::ScanToken& token : scan.tokens()) {
      if (token.token() == pg_query::SQL_COMMENT ||
          token.token() == pg_query::C_COMMENT) {
        continue;
      }
      tokens.push_back({static_cast<size_t>(token.start()),
                        static_cast<size_t>(token.end()), token.token()});
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
