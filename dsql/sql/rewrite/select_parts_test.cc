// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/select_parts.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

// targets|from|where|tail|tail behind the locks
std::string Parts(const std::string& text) {
  const absl::optional<SelectParts> parts = FindSelectParts(text);
  if (!parts.has_value()) return "none";
  const auto of = [&](const TextRange& range) {
    return text.substr(range.begin, range.end - range.begin);
  };
  return absl::StrCat(of(parts->targets), "|", of(parts->from), "|",
                      of(parts->where), "|", of(parts->tail), "|",
                      of(parts->tail_behind_locks));
}

TEST(SelectPartsTest, AreFound) {
  const struct {
    const char* text;
    const char* parts;
  } kCases[] = {
      {"SELECT a FROM t FOR UPDATE", "a|t|||"},
      {"SELECT FROM t FOR UPDATE", "|t|||"},
      {"SELECT a, b FROM t x, u -- c\n WHERE /* d */ a = 1 AND b /* e */ = 2 "
       "ORDER BY a LIMIT 2 FOR UPDATE OF x",
       "a, b|t x, u|a = 1 AND b /* e */ = 2|ORDER BY a LIMIT 2|"},
      {"WITH q AS (SELECT 1 FROM z WHERE true) SELECT a FROM t, q FOR UPDATE "
       "OF t FOR UPDATE OF q NOWAIT LIMIT 1",
       "a|t, q|||LIMIT 1"},
      {"SELECT a IS DISTINCT FROM b, 1 AS from, t.where FROM t FOR UPDATE",
       "a IS DISTINCT FROM b, 1 AS from, t.where|t|||"},
      {"SELECT (SELECT 1 FROM u WHERE b), extract(day FROM a) FROM t "
       "WHERE substring(a FROM 1 FOR 2) = 'x' FOR UPDATE",
       "(SELECT 1 FROM u WHERE b), extract(day FROM a)|t|"
       "substring(a FROM 1 FOR 2) = 'x'||"},
      {"SELECT x[1] FROM ROWS FROM (f()), t FOR UPDATE",
       "x[1]|ROWS FROM (f()), t|||"},
      {"SELECT \"from\" FROM \"where\" FOR UPDATE", "\"from\"|\"where\"|||"},
      {"(SELECT a FROM t FOR UPDATE)", "none"},
      {"TABLE t FOR UPDATE", "none"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Parts(test.text), test.parts) << test.text;
  }
}

}  // namespace
}  // namespace dsql::sql
