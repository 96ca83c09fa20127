// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/parsed_text.h"

#include <pg_query.h>

#include <algorithm>
#include <limits>

#include "dsql/sql/parse/text_position.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/io/coded_stream.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Arena;

// Messages within messages; an operator makes two. PostgreSQL itself gives up
// some thousand operators deep.
constexpr int kMaxNesting = 10000;

// The parser's stack grows with what is nested, by a few hundred bytes each. A
// text of fewer bytes has fewer tokens.
constexpr size_t kMaxNestedTokens = 20000;

// Of each list only one element is on the parser's stack at a time.
bool EndsElement(int kind) {
  return kind == pg_query::ASCII_44 || kind == pg_query::ASCII_59 ||
         kind == pg_query::AND || kind == pg_query::OR ||
         kind == pg_query::WHEN;
}

// How deep the parser may have to go at most.
size_t NestedTokens(const std::vector<Token>& tokens) {
  std::vector<size_t> in_parentheses = {0};
  size_t now = 0, most = 0;
  for (const Token& token : tokens) {
    size_t& here = in_parentheses.back();
    if (EndsElement(token.kind)) {
      now -= here;
      here = 0;
    } else if (token.kind == pg_query::ASCII_41) {
      if (in_parentheses.size() > 1) {
        now -= here;
        in_parentheses.pop_back();
      }
    } else {
      ++here;
      most = std::max(most, ++now);
      if (token.kind == pg_query::ASCII_40) in_parentheses.push_back(0);
    }
  }
  return most;
}

bool MayExhaustStack(const std::string& text) {
  return text.size() > kMaxNestedTokens &&
         NestedTokens(Scan(text)) > kMaxNestedTokens;
}

bool Read(const PgQueryProtobuf& bytes, google::protobuf::Message* message) {
  google::protobuf::io::CodedInputStream in(
      reinterpret_cast<const uint8_t*>(bytes.data),
      static_cast<int>(bytes.len));
  in.SetRecursionLimit(kMaxNesting);
  in.SetTotalBytesLimit(std::numeric_limits<int>::max());
  return message->ParseFromCodedStream(&in);
}

}  // namespace

ParsedText::ParsedText(const std::string& text)
    : arena_(std::make_unique<Arena>()),
      root_(Arena::CreateMessage<pg_query::ParseResult>(arena_.get())) {
  if (text.find('\0') != std::string::npos) {
    outcome_ = Outcome::kRefused;
    error_ = "invalid byte sequence for encoding \"UTF8\": 0x00";
  } else if (MayExhaustStack(text)) {
    outcome_ = Outcome::kTooDeep;
  } else {
    Parse(text);
  }
  if (!ok()) root_->Clear();
}

ParsedText::~ParsedText() = default;

void ParsedText::Parse(const std::string& text) {
  ParseOnce(text);
  if (outcome_ != Outcome::kRefused) return;
  StandIn other(text);
  while (outcome_ == Outcome::kRefused &&
         other.Replace(error_, error_position_)) {
    ParseOnce(other.text());
  }
  forms_of_16_ = other.forms();
  if (ok()) {
    other.PutPlacesBack(root_);
  } else if (error_position_ > 0) {
    error_position_ = PositionOf(
        text, other.OriginalByte(ByteOf(other.text(), error_position_)));
  }
}

void ParsedText::ParseOnce(const std::string& text) {
  const PgQueryProtobufParseResult result =
      pg_query_parse_protobuf(text.c_str());
  outcome_ = Outcome::kParsed;
  if (result.error != nullptr) {
    outcome_ = Outcome::kRefused;
    error_ = result.error->message;
    error_position_ = result.error->cursorpos;
  } else if (!Read(result.parse_tree, root_)) {
    outcome_ = Outcome::kTooDeep;
  }
  pg_query_free_protobuf_parse_result(result);
}

}  // namespace dsql::sql
