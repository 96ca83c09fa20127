// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/rewrite_names.h"

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

std::string Stripped(const char* text) {
  return WithoutSchemas(text, {{"public", "t"}, {"s", "Odd Name"}});
}

TEST(RewriteNamesTest, StripsTheRelationsGiven) {
  EXPECT_EQ(Stripped("INSERT INTO public.t (a, b) VALUES ($1, 2) RETURNING a"),
            "INSERT INTO        t (a, b) VALUES ($1, 2) RETURNING a");
  EXPECT_EQ(Stripped("SELECT * FROM s.\"Odd Name\" WHERE a = 'public.t'"),
            "SELECT * FROM   \"Odd Name\" WHERE a = 'public.t'");
  EXPECT_EQ(Stripped("UPDATE public.t SET a = a + 1 FROM public.u "
                     "WHERE public.t.a = u.a"),
            "UPDATE        t SET a = a + 1 FROM public.u "
            "WHERE        t.a = u.a");
}

TEST(RewriteNamesTest, StripsThemWhereverTheyAre) {
  EXPECT_EQ(Stripped("WITH x AS (DELETE FROM public.t RETURNING a) "
                     "SELECT (SELECT max(b) FROM public.t) FROM x; "
                     "DELETE FROM public.t"),
            "WITH x AS (DELETE FROM        t RETURNING a) "
            "SELECT (SELECT max(b) FROM        t) FROM x; "
            "DELETE FROM        t");
  EXPECT_EQ(Stripped("COPY public.t (a) FROM STDIN"),
            "COPY        t (a) FROM STDIN");
}

TEST(RewriteNamesTest, KeepsTheTextAroundThem) {
  EXPECT_EQ(Stripped("DELETE FROM ONLY /* a */ \"public\" . /* b */ t -- c"),
            "DELETE FROM ONLY /* a */                    t -- c");
  EXPECT_EQ(Stripped("SELECT public.t.*, '\xC3\xA9', (public.t.a).b FROM "
                     "db.public.t, public.t AS x FOR UPDATE"),
            "SELECT        t.*, '\xC3\xA9', (       t.a).b FROM "
            "          t,        t AS x FOR UPDATE");
}

// PostgreSQL counts characters where it tells the place of an error.
TEST(RewriteNamesTest, LeavesCharactersWhereTheyAre) {
  EXPECT_EQ(
      WithoutSchemas("DELETE FROM \"\xC3\xA9\".t WHERE x", {{"\xC3\xA9", "t"}}),
      "DELETE FROM     t WHERE x");
}

TEST(RewriteNamesTest, LeavesTheRestAsItIs) {
  for (const char* text :
       {"select  1 -- public.t", "SELECT * FROM other.t", "SELECT FROM FROM",
        "SELECT public.t(1)", "SELECT * FROM t"})
    EXPECT_EQ(Stripped(text), text);
}

}  // namespace
}  // namespace dsql::sql
