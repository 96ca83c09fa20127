// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/stand_in.h"

#include <pg_query.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;

// What the parser reads in the place of `original`; "" where there is nothing
// that it could read.
std::string TextFor(const std::string& original) {
  StandIn text(original);
  for (;;) {
    const PgQueryParseResult result = pg_query_parse(text.text().c_str());
    const bool ok = result.error == nullptr;
    const std::string error = ok ? "" : result.error->message;
    const int position = ok ? 0 : result.error->cursorpos;
    pg_query_free_parse_result(result);
    if (ok) return text.text();
    if (!text.Replace(error, position)) return "";
  }
}

// Without blanks where there may be others.
std::string WithSingleBlanks(std::string text) {
  absl::RemoveExtraAsciiWhitespace(&text);
  return text;
}

TEST(StandInTest, FormsOf16HaveFormsOf15) {
  const struct {
    const char* original;
    const char* text;
  } kCases[] = {
      {"SELECT a IS JSON, b IS NOT JSON", "SELECT a IS NULL, b IS NOT NULL"},
      {"SELECT a is json object with unique keys, a IS JSON ARRAY without "
       "unique AND b IS JSON SCALAR OR c IS JSON VALUE",
       "SELECT a is NULL , a IS NULL AND b IS NULL OR c IS NULL"},
      {"SELECT JSON_OBJECT('a' VALUE 1, 'b' : f(x) ABSENT ON NULL WITH UNIQUE "
       "KEYS RETURNING varchar(9) FORMAT JSON ENCODING utf8)",
       "SELECT JSON_OBJECT('a' , 1, 'b' , f(x) , NULL:: varchar(9) )"},
      {"SELECT json_object(RETURNING jsonb), JSON_OBJECT(a FORMAT JSON : 1)",
       "SELECT json_object(NULL:: jsonb), JSON_OBJECT(a , 1)"},
      {"SELECT JSON_ARRAY(1, NULL NULL ON NULL), JSON_ARRAY(RETURNING jsonb)",
       "SELECT JSON_ARRAY(1, NULL ), JSON_ARRAY(NULL:: jsonb)"},
      {"SELECT JSON_ARRAY(SELECT a FROM t)",
       "SELECT JSON_ARRAY((SELECT a FROM t))"},
      {"SELECT JSON_ARRAY(VALUES (1) FORMAT JSON RETURNING text)",
       "SELECT JSON_ARRAY((VALUES (1) ) , NULL:: text)"},
      {"SELECT JSON_ARRAY((SELECT 1) UNION SELECT 2 RETURNING text)",
       "SELECT JSON_ARRAY(((SELECT 1) UNION SELECT 2 ), NULL:: text)"},
      {"SELECT JSON_OBJECTAGG(k : v NULL ON NULL) FILTER (WHERE v > 0) OVER w, "
       "JSON_ARRAYAGG(v ORDER BY k DESC ABSENT ON NULL RETURNING jsonb) FROM t "
       "WINDOW w AS ()",
       "SELECT JSON_OBJECTAGG(k , v ) FILTER (WHERE v > 0) OVER w, "
       "JSON_ARRAYAGG(v ORDER BY k DESC , NULL:: jsonb) FROM t WINDOW w AS ()"},
      {"SELECT XMLSERIALIZE(CONTENT x AS text INDENT), "
       "XMLSERIALIZE(DOCUMENT x AS text NO INDENT)",
       "SELECT XMLSERIALIZE(CONTENT x AS text ), "
       "XMLSERIALIZE(DOCUMENT x AS text )"},
      {"CREATE TABLE t (a text STORAGE plain NOT NULL, b int STORAGE DEFAULT)",
       "CREATE TABLE t (a text NOT NULL, b int )"},
      {"ALTER TABLE t ADD COLUMN a text STORAGE \"plain\"",
       "ALTER TABLE t ADD COLUMN a text"},
      {"SELECT * FROM (SELECT 1), LATERAL (VALUES (2)) WHERE a IN (SELECT 3)",
       "SELECT * FROM (SELECT 1) unnamed_subquery, LATERAL (VALUES (2)) "
       "unnamed_subquery WHERE a IN (SELECT 3)"},
      {"SELECT JSON_ARRAY(SELECT * FROM (SELECT * FROM (SELECT 1)))",
       "SELECT JSON_ARRAY((SELECT * FROM (SELECT * FROM (SELECT 1) "
       "unnamed_subquery) unnamed_subquery))"},
      {"UPDATE t SET a = 1 FROM (SELECT 2)",
       "UPDATE t SET a = 1 FROM (SELECT 2) unnamed_subquery"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(WithSingleBlanks(TextFor(test.original)), test.text)
        << test.original;
  }
}

TEST(StandInTest, WhatOnlyLooksLikeThemStaysAsItIs) {
  for (const char* text :
       {"SELECT 'IS JSON', \"IS JSON\" FROM json -- IS JSON\n",
        "SELECT absent, format, json, keys, scalar, indent FROM storage",
        "SELECT 1 AS json, value FROM system_user", "SELECT x::is json",
        "CREATE TABLE t (storage int, json json)",
        "SELECT json_object('{a}'), json_array(1)",
        "SELECT * FROM (SELECT 1) format"}) {
    EXPECT_EQ(TextFor(text), text);
  }
}

TEST(StandInTest, OtherErrorsStay) {
  for (const char* text :
       {"SELECT a IS \"json\"", "SELECT a IS JSON json json",
        "SELECT \"json_object\"('a' VALUE 1)",
        "SELECT U&\"json_object\"('a' VALUE 1)",
        "SELECT pg_catalog.json_object('a' VALUE 1)", "SELECT f('a' VALUE 1)",
        "SELECT json_array('a' VALUE 1)", "SELECT JSON_OBJECT('a' VALUE)",
        "SELECT f(1 ABSENT ON NULL)", "SELECT f(SELECT 1)",
        "SELECT JSON_ARRAY((1) a)", "SELECT f(x RETURNING text)",
        "SELECT a STORAGE plain b", "SELECT a STORAGE (", "SELECT STORAGE (",
        // Of PostgreSQL 17.
        "SELECT JSON_VALUE(a, '$' RETURNING int)",
        "SELECT JSON_QUERY(a, '$' WITH WRAPPER)", "SELECT JSON(a WITH UNIQUE)",
        "SELECT JSON_SERIALIZE(a RETURNING text)",
        "SELECT * FROM JSON_TABLE(a, '$' COLUMNS (b int PATH '$'))",
        "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE RETURNING 1"}) {
    EXPECT_EQ(TextFor(text), "") << text;
  }
}

TEST(StandInTest, ErrorsAreWhereTheyAreInTheOriginal) {
  const ParsedText parsed(
      "SELECT '\xC3\xA9' IS JSON OBJECT, * FROM (SELECT 1) WHERE WHERE");
  EXPECT_EQ(parsed.error(), "syntax error at or near \"WHERE\"");
  EXPECT_EQ(parsed.error_position(), 52);
}

TEST(StandInTest, ReadingOnHasAnEnd) {
  std::string text = "SELECT 1";
  for (int i = 0; i < 3000; ++i) absl::StrAppend(&text, ", 1 IS JSON");
  const ParsedText parsed(text);
  EXPECT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error(), "syntax error at or near \"JSON\"");
}

TEST(StandInTest, FormsAreTold) {
  const std::string text =
      "SELECT SYSTEM_USER, JSON_ARRAY(1), \"json_array\"(1), \"system_user\", "
      "t.system_user, JSON_OBJECT(), json_object('{}'), JSON_VALUE(a, b) IS "
      "JSON FROM (SELECT 1)";
  const ParsedText parsed(text);
  ASSERT_TRUE(parsed.ok());
  const auto names = [](const std::vector<VersionedForm>& forms) {
    std::string all;
    for (const VersionedForm& form : forms) {
      absl::StrAppend(&all, form.name, "@", form.begin, ";");
    }
    return all;
  };
  EXPECT_EQ(names(parsed.forms_of_16()),
            "IS JSON@136;a subquery in FROM without alias@146;");
  EXPECT_EQ(names(FindFormsOf16(parsed.root(), text)),
            "JSON_ARRAY@20;JSON_OBJECT@82;SYSTEM_USER@7;");
  EXPECT_EQ(names(FindFormsOf17(parsed.root(), text)), "JSON_VALUE@116;");
}

// ---- Any texts ----

// Writes statements that are full of forms of 16, and of what looks like them.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  std::string Statement() {
    text_.clear();
    depth_ = 0;
    if (Odds(5)) {
      Add("CREATE TABLE t (c text");
      Maybe("STORAGE plain");
      Add(", storage int DEFAULT");
      Expression();
      Add(")");
    } else {
      Query();
    }
    if (Odds(4)) {
      Add(";");
      Query();
    }
    return text_;
  }

 private:
  // One time of so many.
  bool Odds(int times) { return random_() % times == 0; }

  void Add(absl::string_view part) {
    static const char* const kOther[] = {
        "'k'",        "VALUE",      ":",      "\"json\"",    "$$a$$",
        "E'\\''",     ",",          "(",      ")",           "IS",
        "JSON",       "WITH",       "UNIQUE", "ABSENT",      "NULL",
        "RETURNING",  "FORMAT",     "-",      "STORAGE",     "SELECT",
        "(SELECT n)", "VALUES (1)", ";",      "json_object("};
    absl::StrAppend(&text_, part, Odds(8) ? " /* IS JSON ( */ " : " ");
    if (Odds(80)) absl::StrAppend(&text_, kOther[random_() % 24], " ");
  }

  void Maybe(absl::string_view part) {
    if (Odds(2)) Add(part);
  }

  void Query() {
    ++depth_;
    Add("SELECT");
    Expression();
    if (depth_ < 4 && Odds(2)) {
      Add("FROM (");
      Query();
      Add(")");
      if (Odds(4)) Add(Odds(2) ? "json" : "AS \"FROM (\"");
      if (Odds(3)) Add(", LATERAL (VALUES (1))");
    }
    if (Odds(4)) {
      Add("WHERE");
      Expression();
    }
    --depth_;
  }

  void Expression() {
    if (++depth_ > 5) {
      Add("n");
    } else {
      switch (random_() % 9) {
        case 0:
          Add(Odds(2) ? "n" : "'\xC3\xA9'");
          break;
        case 1:
          Add("f (");
          Expression();
          Add(")");
          break;
        case 2:
          Expression();
          Add(Odds(2) ? "IS JSON" : "IS NOT JSON");
          Maybe(Odds(2) ? "ARRAY" : "VALUE");
          if (Odds(3)) Add("WITH UNIQUE KEYS");
          break;
        case 3:
        case 4:
          Object();
          break;
        case 5:
          Array();
          break;
        case 6:
          Add("XMLSERIALIZE(CONTENT");
          Expression();
          Add("AS text");
          Maybe(Odds(2) ? "INDENT" : "NO INDENT");
          Add(")");
          break;
        case 7:
          Add("(");
          Query();
          Add(")");
          break;
        default:
          Expression();
          Add(Odds(2) ? "AND" : "-");
          Expression();
      }
    }
    --depth_;
  }

  void Object() {
    Add(Odds(2) ? "JSON_OBJECT(" : "json_objectagg (");
    Expression();
    Add(Odds(2) ? ":" : "VALUE");
    Expression();
    if (Odds(4)) Add("FORMAT JSON ENCODING utf8");
    Maybe(Odds(2) ? "ABSENT ON NULL" : "NULL ON NULL");
    if (Odds(3)) Add("WITHOUT UNIQUE");
    Maybe("RETURNING jsonb");
    Add(")");
  }

  void Array() {
    const bool of_query = Odds(2);
    Add("JSON_ARRAY(");
    if (of_query) {
      Query();
    } else {
      Expression();
      Maybe("ABSENT ON NULL");
    }
    Maybe("RETURNING varchar(9) FORMAT JSON");
    Add(")");
  }

  std::mt19937 random_;
  std::string text_;
  int depth_ = 0;
};

// What may be missing in a stand-in.
bool MayBeMissing(const std::string& text, const std::vector<Token>& tokens,
                  size_t i) {
  static const auto* const words = new std::set<std::string>{
      "json",      "value",   "array",  "object",   "scalar",
      "with",      "without", "unique", "keys",     "absent",
      "on",        "null",    "format", "encoding", "storage",
      "returning", "indent",  "no",     ":"};
  const auto word = [&](size_t at) {
    return absl::AsciiStrToLower(
        text.substr(tokens[at].begin, tokens[at].end - tokens[at].begin));
  };
  return words->count(word(i)) != 0 ||
         (i > 0 && (word(i - 1) == "encoding" || word(i - 1) == "storage"));
}

// Names are where the tree says, and nothing but words of the forms is missing.
void CheckStandIn(const std::string& text) {
  const std::string shown = TextFor(text);
  const ParsedText parsed(text);
  ASSERT_EQ(parsed.ok(), !shown.empty()) << text;
  if (!parsed.ok()) return;
  const std::vector<Token> tokens = Scan(text);
  const std::vector<Token> others = Scan(shown);
  size_t at = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string word =
        text.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
    size_t found = at;
    while (found < others.size() &&
           shown.substr(others[found].begin,
                        others[found].end - others[found].begin) != word) {
      ++found;
    }
    if (found == others.size()) {
      EXPECT_TRUE(MayBeMissing(text, tokens, i)) << text << "\n" << shown;
    } else if (!MayBeMissing(text, tokens, i)) {
      at = found + 1;
    }
  }
  Walk(parsed.root(), [&](const Message& message, const Ancestors&) {
    const auto* call = As<pg_query::FuncCall>(message);
    const auto* column = As<pg_query::ColumnRef>(message);
    if (call != nullptr && call->funcname_size() == 1) {
      EXPECT_TRUE(absl::StartsWithIgnoreCase(text.substr(call->location()),
                                             LastName(call->funcname())))
          << text;
    } else if (column != nullptr && column->fields(0).has_string() &&
               text[column->location()] != '"') {
      EXPECT_TRUE(absl::StartsWithIgnoreCase(text.substr(column->location()),
                                             column->fields(0).string().sval()))
          << text;
    }
    return true;
  });
  for (const pg_query::RawStmt& raw : parsed.root().stmts()) {
    const size_t end = raw.stmt_len() == 0
                           ? text.size()
                           : raw.stmt_location() + raw.stmt_len();
    EXPECT_TRUE(end == text.size() || text[end] == ';') << text;
  }
}

TEST(StandInTest, NothingElseIsMissing) {
  Writer writer(16);
  int read = 0;
  int with_forms = 0;
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    const std::string text = writer.Statement();
    CheckStandIn(text);
    const ParsedText parsed(text);
    read += parsed.ok();
    with_forms += !parsed.forms_of_16().empty();
  }
  // Such that it means something: many are read, some are not.
  EXPECT_GT(read, 1000);
  EXPECT_LT(read, 4900);
  EXPECT_GT(with_forms, 1000);
}

}  // namespace
}  // namespace dsql::sql
