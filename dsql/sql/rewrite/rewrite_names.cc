// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/rewrite_names.h"

#include <algorithm>
#include <vector>

#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/text_position.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;

// Finds the parts of names that go.
class NameStripper {
 public:
  NameStripper(const std::string& text, const RelationNames& relations)
      : text_(text), relations_(relations) {}

  void Look(const Message& message) {
    if (const auto* relation = As<pg_query::RangeVar>(message)) {
      if (Names(relation->schemaname(), relation->relname())) {
        Strip(relation->location(), relation->catalogname().empty() ? 1 : 2);
      }
    } else if (const auto* column = As<pg_query::ColumnRef>(message)) {
      // schema.table.column and schema.table.*
      const auto& fields = column->fields();
      if (fields.size() >= 3 &&
          Names(fields[0].string().sval(), fields[1].string().sval())) {
        Strip(column->location(), 1);
      }
    }
  }

  std::string Finish() && {
    // What a tree has twice was found twice.
    std::sort(ranges_.begin(), ranges_.end());
    ranges_.erase(std::unique(ranges_.begin(), ranges_.end()), ranges_.end());
    std::string result;
    size_t at = 0;
    for (const auto& [begin, end] : ranges_) {
      result.append(text_, at, begin - at);
      // So that places in the text, in characters, stay what they are.
      const auto taken = absl::string_view(text_).substr(begin, end - begin);
      result.append(CharactersIn(taken), ' ');
      at = end;
    }
    return result.append(text_, at, std::string::npos);
  }

 private:
  bool Names(const std::string& schema, const std::string& name) const {
    return !schema.empty() && relations_.count({schema, name}) != 0;
  }

  // Takes away the first parts of the name at `location`, and their dots.
  void Strip(int location, size_t parts) {
    if (tokens_.empty()) tokens_ = Scan(text_);
    const auto first = std::lower_bound(
        tokens_.begin(), tokens_.end(), static_cast<size_t>(location),
        [](const Token& token, size_t place) { return token.begin < place; });
    if (static_cast<size_t>(tokens_.end() - first) <= 2 * parts) return;
    ranges_.emplace_back(first->begin, first[2 * parts].begin);
  }

  const std::string& text_;
  const RelationNames& relations_;
  std::vector<Token> tokens_;
  std::vector<std::pair<size_t, size_t>> ranges_;
};

}  // namespace

std::string WithoutSchemas(absl::string_view text,
                           const RelationNames& relations) {
  std::string whole(text);
  const ParsedText parsed(whole);
  if (!parsed.ok()) return whole;
  NameStripper stripper(whole, relations);
  Walk(parsed.root(), [&](const Message& message, const Ancestors&) {
    stripper.Look(message);
    return true;
  });
  return std::move(stripper).Finish();
}

}  // namespace dsql::sql
