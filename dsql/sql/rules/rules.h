// SPDX-License-Identifier: Apache-2.0

// What DSQL refuses of PostgreSQL's SQL, as a table.

#ifndef DSQL_SQL_RULES_RULES_H_
#define DSQL_SQL_RULES_RULES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/parse/tree_walk.h"

namespace google::protobuf {
class Descriptor;
class Message;
}  // namespace google::protobuf

namespace dsql::sql {

// What a rule found.
struct Match {
  // Stands for $0 in the rule's message.
  std::string argument;
  // The byte in the text that PostgreSQL's error would point at.
  absl::optional<size_t> location;
};

// Where a message was found.
struct Place {
  const Ancestors& ancestors;
  // The statement's.
  absl::string_view text;
  // Set where a value of a literal is looked at, see LiteralOf().
  bool* depends_on_literals = nullptr;
  // The text is a function's body.
  bool in_body = false;
};

// Whether a rule speaks against a message of the parse tree.
using Matcher = absl::optional<Match> (*)(
    const google::protobuf::Message& message, const Place& place);

struct Rule {
  // As in DialectOptions::disabled_rules.
  const char* id;
  const char* sqlstate;
  // $0 is what Match::argument says.
  const char* message;
  // What to write instead; "" where there is nothing.
  const char* advice;
  // Where it is known from, a chapter of the notes that this was made to;
  // "inferred" where no text is known, or no refusal at all, and the one here
  // follows the pattern of others.
  const char* source;
  // A statement that it refuses, and one much like it that DSQL runs.
  const char* refused;
  const char* accepted;
  // The messages that are shown to `matches`. Both are null for the rules that
  // are no matter of the parse tree.
  const google::protobuf::Descriptor* (*node)();
  Matcher matches;
};

// In the order in which they are asked about a message.
const std::vector<Rule>& Rules();

}  // namespace dsql::sql

#endif  // DSQL_SQL_RULES_RULES_H_
