// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rules/rule_check.h"

#include <cstring>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dsql/sql/parse/dsql_syntax.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/text_position.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "dsql/sql/rules/rules.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

using RulesByNode =
    absl::flat_hash_map<const Descriptor*, std::vector<const Rule*>>;

const RulesByNode& GetRulesByNode() {
  static const RulesByNode* const rules = [] {
    auto* by_node = new RulesByNode;
    for (const Rule& rule : Rules()) {
      if (rule.node != nullptr) (*by_node)[rule.node()].push_back(&rule);
    }
    return by_node;
  }();
  return *rules;
}

bool Applies(absl::string_view id, const DialectOptions& options) {
  return options.enforce && options.disabled_rules.count(std::string(id)) == 0;
}

Refusal Refuse(const Rule& rule, absl::string_view argument) {
  Refusal refusal;
  refusal.rule_id = rule.id;
  refusal.error.set_severity("ERROR");
  refusal.error.set_sqlstate(rule.sqlstate);
  refusal.error.set_message(
      absl::StrReplaceAll(rule.message, {{"$0", argument}}));
  return refusal;
}

// Goes through a statement, and stops looking at the first match.
class Checker {
 public:
  Checker(const StatementText& text, const DialectOptions& options)
      : text_(text),
        statement_(text.whole.substr(text.begin, text.length)),
        options_(options) {}

  void Check(const Message& root) {
    Walk(root, [this](const Message& message, const Ancestors& ancestors) {
      return Look(message, ancestors);
    });
  }

  Verdict TakeVerdict() { return {std::move(refusal_), depends_on_literals_}; }

 private:
  bool Look(const Message& message, const Ancestors& ancestors) {
    if (refusal_.has_value()) return false;
    const auto rules = GetRulesByNode().find(message.GetDescriptor());
    if (rules == GetRulesByNode().end()) return true;
    for (const Rule* rule : rules->second) {
      if (Applies(rule->id, options_) && !IsExempt(*rule)) {
        Ask(*rule, message, ancestors);
      }
      if (refusal_.has_value()) return false;
    }
    if (const auto* function = As<pg_query::CreateFunctionStmt>(message)) {
      CheckBody(*function);
    }
    return !refusal_.has_value();
  }

  // A body in quotes. What is wrong with its syntax, PostgreSQL tells.
  void CheckBody(const pg_query::CreateFunctionStmt& function) {
    for (const pg_query::Node& option : function.options()) {
      if (option.def_elem().defname() != "as") continue;
      const std::string text = ConstantText(option.def_elem().arg());
      refusal_ = ReservedName(text, options_);
      if (refusal_.has_value()) refusal_->error.clear_position();
      const ParsedText body(text);
      // One may be in the body of another.
      const bool in_other = std::exchange(in_body_, true);
      for (const pg_query::RawStmt& raw : body.root().stmts()) {
        if (!refusal_.has_value()) Check(raw.stmt());
        Look(raw, {});
      }
      in_body_ = in_other;
    }
  }

  // The asynchronous form is what these two ask for.
  bool IsExempt(const Rule& rule) const {
    return text_.is_async &&
           (std::strcmp(rule.id, "create-index-sync") == 0 ||
            std::strcmp(rule.id, "validate-constraint-sync") == 0);
  }

  void Ask(const Rule& rule, const Message& message,
           const Ancestors& ancestors) {
    const absl::optional<Match> match = rule.matches(
        message, {ancestors, statement_, &depends_on_literals_, in_body_});
    if (!match) return;
    refusal_ = Refuse(rule, match->argument);
    if (match->location && !in_body_) {
      refusal_->error.set_position(PositionOf(text_.whole, *match->location));
    }
  }

  const StatementText& text_;
  const absl::string_view statement_;
  const DialectOptions& options_;
  // Where places are not those of the text.
  bool in_body_ = false;
  absl::optional<Refusal> refusal_;
  bool depends_on_literals_ = false;
};

struct ParserError {
  absl::string_view part;
  const char* sqlstate;
  const char* hint = "";
};

// libpg_query tells no SQLSTATE and no hint. These are the messages of
// PostgreSQL's gram.y, parser.c and scan.l that come with another one than
// "syntax error", or with a hint.
ParserError DetailsOf(absl::string_view message, bool in_escape_string) {
  static constexpr ParserError kOthers[] = {
      {"invalid byte sequence", "22021"},
      {"precision for type float", "22023"},
      {"unsafe use of \\'", "22P06"},
      {"invalid Unicode escape value", "42601"},
      {"invalid Unicode escape character", "42601"},
      {"LIMIT #,#", "42601", "Use separate LIMIT and OFFSET clauses."},
      {"cannot be used as a role name here", "42939"},
      {"is reserved", "42939"},
      {"frame start cannot be", "42P20"},
      {"frame end cannot be", "42P20"},
      {"frame starting from", "42P20"},
      {"unsafe use of string constant with Unicode escapes", "0A000"},
      {"not yet implemented", "0A000"},
      {"no longer supported", "0A000"},
      {"not supported", "0A000"},
      {"not implemented", "0A000"},
      {"cannot be marked", "0A000"},
      {"cannot be changed", "0A000"},
      {"cannot have output arguments", "0A000"},
  };
  for (const auto& other : kOthers) {
    if (absl::StrContains(message, other.part)) return other;
  }
  if (!absl::StrContains(message, "invalid Unicode escape"))
    return {"", "42601"};
  if (in_escape_string)
    return {"", "22025", "Unicode escapes must be \\uXXXX or \\UXXXXXXXX."};
  return {"", "42601", "Unicode escapes must be \\XXXX or \\+XXXXXX."};
}

const Rule* FindRule(absl::string_view id) {
  for (const Rule& rule : Rules()) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

}  // namespace

Verdict Judge(const pg_query::Node& node, const StatementText& text,
              const DialectOptions& options) {
  Checker checker(text, options);
  checker.Check(node);
  return checker.TakeVerdict();
}

absl::optional<Refusal> RefuseBy(absl::string_view rule_id,
                                 absl::string_view argument,
                                 const DialectOptions& options) {
  const Rule* rule = FindRule(rule_id);
  if (rule == nullptr || !Applies(rule_id, options)) return absl::nullopt;
  return Refuse(*rule, argument);
}

absl::optional<Refusal> TooDeep(const DialectOptions& options) {
  return RefuseBy("stack-depth", "", options);
}

absl::optional<Refusal> ReservedName(absl::string_view plain_text,
                                     const DialectOptions& options) {
  const absl::optional<size_t> place = FindReservedName(plain_text);
  if (!place.has_value()) return absl::nullopt;
  return SyntaxError(absl::StrCat("syntax error at or near \"",
                                  plain_text.substr(*place, 5), "\""),
                     plain_text, PositionOf(plain_text, *place), options);
}

absl::optional<Refusal> SyntaxError(const std::string& message,
                                    absl::string_view text, int position,
                                    const DialectOptions& options) {
  absl::optional<Refusal> refusal = RefuseBy("syntax", message, options);
  if (!refusal.has_value()) return refusal;
  const absl::string_view place =
      position > 0 ? text.substr(ByteOf(text, position)) : "";
  const ParserError details =
      DetailsOf(message, absl::StartsWithIgnoreCase(place, "\\u"));
  refusal->error.set_sqlstate(details.sqlstate);
  if (*details.hint != '\0') refusal->error.set_hint(details.hint);
  if (position > 0) refusal->error.set_position(position);
  return refusal;
}

}  // namespace dsql::sql
