// SPDX-License-Identifier: Apache-2.0

// PostgreSQL's parser.

#ifndef DSQL_SQL_PARSE_PARSED_TEXT_H_
#define DSQL_SQL_PARSE_PARSED_TEXT_H_

#include <memory>
#include <string>
#include <vector>

#include "dsql/sql/parse/stand_in.h"
#include "dsql/sql/parse/tokens.h"

namespace google::protobuf {
class Arena;
}
namespace pg_query {
class ParseResult;
}

namespace dsql::sql {

// What PostgreSQL's parser makes of a text. It is of version 15; what 16 added
// is read as well, see stand_in.h: there is a form of 15 in its place in the
// tree.
class ParsedText {
 public:
  enum class Outcome {
    kParsed,
    // See error().
    kRefused,
    // Nested so deep that taking it apart could exhaust the stack.
    kTooDeep,
  };

  explicit ParsedText(const std::string& text);
  ParsedText(const ParsedText&) = delete;
  ParsedText& operator=(const ParsedText&) = delete;
  ~ParsedText();

  Outcome outcome() const { return outcome_; }
  bool ok() const { return outcome_ == Outcome::kParsed; }
  // PostgreSQL's message.
  const std::string& error() const { return error_; }
  // 1-based character, 0 where PostgreSQL gives none.
  int error_position() const { return error_position_; }
  // Where it is not ok(), without statements.
  const pg_query::ParseResult& root() const { return *root_; }
  // Those for which others are in the tree.
  const std::vector<VersionedForm>& forms_of_16() const { return forms_of_16_; }

 private:
  void Parse(const std::string& text);
  void ParseOnce(const std::string& text);

  // Frees a tree at once, and without recursion.
  const std::unique_ptr<google::protobuf::Arena> arena_;
  pg_query::ParseResult* const root_;
  Outcome outcome_ = Outcome::kParsed;
  std::string error_;
  int error_position_ = 0;
  std::vector<VersionedForm> forms_of_16_;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_PARSED_TEXT_H_
