// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/decode/decoded_line.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dsql/base/status_macros.h"

namespace dsql::streams {
namespace {

// How much of a line that is not understood a message shows.
constexpr size_t kShown = 60;

absl::Status NotUnderstood(absl::string_view what, absl::string_view rest) {
  return absl::InvalidArgumentError(
      absl::StrCat("test_decoding wrote what is no ", what, ": ",
                   absl::CHexEscape(rest.substr(0, kShown))));
}

// Takes text that ends with `quote`, which is doubled within, off the front of
// `rest`; the opening one is gone already. False where the end is missing.
bool TakeQuoted(char quote, absl::string_view* rest, std::string* text) {
  for (;;) {
    const size_t end = rest->find(quote);
    if (end == absl::string_view::npos) return false;
    absl::StrAppend(text, rest->substr(0, end));
    rest->remove_prefix(end + 1);
    if (!absl::ConsumePrefix(rest, absl::string_view(&quote, 1))) return true;
    text->push_back(quote);
  }
}

bool IsInName(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// Takes a name, quoted where it needs to be.
absl::StatusOr<std::string> TakeName(absl::string_view* rest) {
  std::string name;
  const absl::string_view all = *rest;
  if (absl::ConsumePrefix(rest, "\"")) {
    if (!TakeQuoted('"', rest, &name)) return NotUnderstood("name", all);
    return name;
  }
  while (name.size() < rest->size() && IsInName((*rest)[name.size()]))
    name.push_back((*rest)[name.size()]);
  if (name.empty()) return NotUnderstood("name", all);
  rest->remove_prefix(name.size());
  return name;
}

// Takes "[type]:", whose type may have quoted names and brackets of its own.
absl::StatusOr<std::string> TakeType(absl::string_view* rest) {
  const absl::string_view all = *rest;
  if (!absl::ConsumePrefix(rest, "[")) return NotUnderstood("type", all);
  size_t end = 0;
  bool quoted = false;
  for (; end < rest->size(); ++end) {
    if ((*rest)[end] == '"') quoted = !quoted;
    if (!quoted && absl::StartsWith(rest->substr(end), "]:")) break;
  }
  if (end >= rest->size()) return NotUnderstood("type", all);
  std::string type(rest->substr(0, end));
  rest->remove_prefix(end + 2);
  return type;
}

absl::Status TakeText(absl::string_view* rest, DecodedValue* value) {
  const absl::string_view all = *rest;
  std::string text;
  // B'101' is a bit string.
  if (absl::ConsumePrefix(rest, "'") || absl::ConsumePrefix(rest, "B'")) {
    if (!TakeQuoted('\'', rest, &text)) return NotUnderstood("value", all);
    value->text = std::move(text);
    return absl::OkStatus();
  }
  text = std::string(rest->substr(0, rest->find(' ')));
  rest->remove_prefix(text.size());
  if (text.empty()) return NotUnderstood("value", all);
  if (text == "unchanged-toast-datum") {
    value->unchanged = true;
  } else if (text != "null") {
    value->text = std::move(text);
  }
  return absl::OkStatus();
}

// Takes the values of a row, up to the end or to " new-tuple:".
absl::StatusOr<DecodedRow> TakeRow(absl::string_view* rest) {
  DecodedRow row;
  while (!rest->empty() && !absl::StartsWith(*rest, " new-tuple:")) {
    if (!absl::ConsumePrefix(rest, " ")) return NotUnderstood("row", *rest);
    DecodedValue value;
    DSQL_ASSIGN_OR_RETURN(value.column, TakeName(rest));
    DSQL_ASSIGN_OR_RETURN(value.type, TakeType(rest));
    DSQL_RETURN_IF_ERROR(TakeText(rest, &value));
    row.push_back(std::move(value));
  }
  return row;
}

// "12" of "BEGIN 12" and "COMMIT 12 (at ...)".
absl::StatusOr<uint32_t> TakeXid(absl::string_view* rest) {
  const absl::string_view digits = rest->substr(0, rest->find(' '));
  uint32_t xid = 0;
  if (!absl::SimpleAtoi(digits, &xid)) return NotUnderstood("xid", *rest);
  rest->remove_prefix(digits.size());
  return xid;
}

absl::StatusOr<DecodedLine> ParseCommit(absl::string_view rest) {
  const absl::string_view all = rest;
  DecodedCommit commit;
  DSQL_ASSIGN_OR_RETURN(commit.xid, TakeXid(&rest));
  std::string error;
  if (!absl::ConsumePrefix(&rest, " (at ") ||
      !absl::ConsumeSuffix(&rest, "+00)") ||
      !absl::ParseTime("%E4Y-%m-%d %H:%M:%E*S", rest, absl::UTCTimeZone(),
                       &commit.time, &error)) {
    return NotUnderstood("commit with its time in UTC", all);
  }
  return DecodedLine(commit);
}

absl::StatusOr<DecodedLine> ParseMessage(absl::string_view rest) {
  const absl::string_view all = rest;
  DecodedMessage message;
  message.transactional = absl::ConsumePrefix(&rest, "1");
  if (!message.transactional && !absl::ConsumePrefix(&rest, "0"))
    return NotUnderstood("message", all);
  if (!absl::ConsumePrefix(&rest, " prefix: "))
    return NotUnderstood("message", all);
  const size_t end = rest.find(", sz: ");
  const size_t content = rest.find(" content:");
  if (end == absl::string_view::npos || content == absl::string_view::npos ||
      content < end) {
    return NotUnderstood("message", all);
  }
  message.prefix = std::string(rest.substr(0, end));
  message.content = std::string(rest.substr(content + 9));
  return DecodedLine(std::move(message));
}

absl::StatusOr<DecodedLine> ParseChange(absl::string_view rest) {
  DecodedChange change;
  DSQL_ASSIGN_OR_RETURN(change.schema, TakeName(&rest));
  if (!absl::ConsumePrefix(&rest, ".")) return NotUnderstood("table", rest);
  DSQL_ASSIGN_OR_RETURN(change.table, TakeName(&rest));
  // A TRUNCATE may name several tables.
  if (absl::StartsWith(rest, ", ") || absl::StartsWith(rest, ": TRUNCATE:"))
    return DecodedLine(DecodedOther());
  const absl::string_view all = rest;
  if (absl::ConsumePrefix(&rest, ": INSERT:")) {
    change.kind = DecodedChange::Kind::kInsert;
  } else if (absl::ConsumePrefix(&rest, ": UPDATE:")) {
    change.kind = DecodedChange::Kind::kUpdate;
  } else if (absl::ConsumePrefix(&rest, ": DELETE:")) {
    change.kind = DecodedChange::Kind::kDelete;
  } else {
    return NotUnderstood("change", all);
  }
  if (rest == " (no-tuple-data)") return DecodedLine(std::move(change));
  if (change.kind == DecodedChange::Kind::kDelete) {
    DSQL_ASSIGN_OR_RETURN(change.before, TakeRow(&rest));
    return DecodedLine(std::move(change));
  }
  if (absl::ConsumePrefix(&rest, " old-key:")) {
    DSQL_ASSIGN_OR_RETURN(change.before, TakeRow(&rest));
    if (!absl::ConsumePrefix(&rest, " new-tuple:"))
      return NotUnderstood("update", all);
  }
  DSQL_ASSIGN_OR_RETURN(change.after, TakeRow(&rest));
  if (!rest.empty()) return NotUnderstood("row", rest);
  return DecodedLine(std::move(change));
}

}  // namespace

absl::StatusOr<DecodedLine> ParseDecodedLine(absl::string_view line) {
  if (absl::ConsumePrefix(&line, "table ")) return ParseChange(line);
  if (absl::ConsumePrefix(&line, "COMMIT ")) return ParseCommit(line);
  if (absl::ConsumePrefix(&line, "message: transactional: "))
    return ParseMessage(line);
  if (absl::ConsumePrefix(&line, "BEGIN ")) {
    DecodedBegin begin;
    DSQL_ASSIGN_OR_RETURN(begin.xid, TakeXid(&line));
    if (line.empty()) return DecodedLine(begin);
  }
  return NotUnderstood("line", line);
}

}  // namespace dsql::streams
