// PostgreSQL's parser and scanner.

#ifndef DSQL_SQL_PARSE_PARSED_TEXT_H_
#define DSQL_SQL_PARSE_PARSED_TEXT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace google::protobuf {
class Arena;
}
namespace pg_query {
class ParseResult;
}

namespace dsql::sql {

// What PostgreSQL's parser makes of a text.
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

 private:
  void Parse(const std::string& text);

  // Frees a tree at once, and without recursion.
  const std::unique_ptr<google::protobuf::Arena> arena_;
  pg_query::ParseResult* const root_;
  Outcome outcome_ = Outcome::kParsed;
  std::string error_;
  int error_position_ = 0;
};

// A token; `kind` is a pg_query::Token.
struct Token {
  size_t begin = 0;
  size_t end = 0;
  int kind = 0;
};

// The tokens of a text without its comments; none where it is no SQL.
std::vector<Token> Scan(const std::string& text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_PARSED_TEXT_H_
