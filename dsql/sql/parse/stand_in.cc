// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/stand_in.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/text_position.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kOpen = pg_query::ASCII_40;
constexpr int kClose = pg_query::ASCII_41;
constexpr int kDot = pg_query::ASCII_46;
constexpr int kColon = pg_query::ASCII_58;

// Each form is found by reading the text again: up to some seconds' worth.
constexpr size_t kMostBytesRead = size_t{16} << 20;

// What may begin a query.
bool MayBeginQuery(int kind) {
  return kind == pg_query::SELECT || kind == pg_query::WITH ||
         kind == pg_query::VALUES || kind == pg_query::TABLE || kind == kOpen;
}

bool IsPlace(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 &&
         field.name() == "location";
}

void PutBack(const StandIn& text, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (IsPlace(*field)) {
      const int place = reflection.GetInt32(*message, field);
      if (place < 0) continue;
      reflection.SetInt32(message, field,
                          static_cast<int>(text.OriginalByte(place)));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        PutBack(text, reflection.MutableMessage(message, field));
        continue;
      }
      const int size = reflection.FieldSize(*message, field);
      for (int i = 0; i < size; ++i) {
        PutBack(text, reflection.MutableRepeatedMessage(message, field, i));
      }
    }
  }
}

// `name` without quotes, at the place of the only part of a name.
bool IsBare(absl::string_view text, int location, absl::string_view name) {
  return location >= 0 &&
         absl::EqualsIgnoreCase(
             text.substr(std::min<size_t>(location, text.size()), name.size()),
             name);
}

// The calls without schema of functions whose names are not in quotes.
template <typename IsForm>
std::vector<VersionedForm> FindCalls(const Message& tree,
                                     absl::string_view text, IsForm is_form) {
  std::vector<VersionedForm> forms;
  Walk(tree, [&](const Message& message, const Ancestors&) {
    const auto* call = As<pg_query::FuncCall>(message);
    if (call == nullptr || call->funcname_size() != 1) return true;
    const std::string name = LastName(call->funcname());
    if (is_form(name, *call) && IsBare(text, call->location(), name)) {
      forms.push_back(
          {absl::AsciiStrToUpper(name), static_cast<size_t>(call->location())});
    }
    return true;
  });
  return forms;
}

}  // namespace

StandIn::StandIn(const std::string& original)
    : original_(original), tokens_(Scan(original)), changes_(tokens_.size()) {
  MakeText();
}

bool StandIn::Replace(absl::string_view error, int position) {
  const size_t byte = ByteOf(text_, position);
  bytes_read_ += text_.size();
  const absl::optional<size_t> token = FindToken(byte);
  if (!token.has_value() || bytes_read_ > kMostBytesRead) return false;
  const bool replaced = absl::EndsWith(error, "in FROM must have an alias")
                            ? AddAlias(*token)
                            : absl::StartsWith(error, "syntax error at ") &&
                                  ReplaceSyntax(*token);
  if (replaced) MakeText();
  return replaced;
}

bool StandIn::ReplaceSyntax(size_t i) {
  return ReplacePredicate(i) || ReplaceStorage(i) || ReplaceIndent(i) ||
         ReplaceInConstructor(i);
}

// IS [NOT] JSON [VALUE | ARRAY | OBJECT | SCALAR] [uniqueness]
bool StandIn::ReplacePredicate(size_t i) {
  if (i < 2 || !IsWord(i, "json")) return false;
  if (!Is(i - 1, pg_query::IS) &&
      !(Is(i - 1, pg_query::NOT) && Is(i - 2, pg_query::IS))) {
    return false;
  }
  AddForm("IS JSON", i);
  Put(i, "NULL");
  size_t next = i + 1;
  if (IsWord(next, "value") || IsWord(next, "array") ||
      IsWord(next, "object") || IsWord(next, "scalar")) {
    Drop(next, next + 1);
    ++next;
  }
  DropUniqueness(next);
  return true;
}

// {WITH | WITHOUT} UNIQUE [KEYS]
size_t StandIn::DropUniqueness(size_t i) {
  if (!Is(i, pg_query::WITH) && !Is(i, pg_query::WITHOUT)) return i;
  if (!Is(i + 1, pg_query::UNIQUE)) return i;
  const size_t behind = i + (IsWord(i + 2, "keys") ? 3 : 2);
  Drop(i, behind);
  return behind;
}

// FORMAT JSON [ENCODING name]
size_t StandIn::DropFormat(size_t i) {
  if (!IsWord(i, "format") || !IsWord(i + 1, "json")) return i;
  const size_t behind = i + (IsWord(i + 2, "encoding") ? 4 : 2);
  Drop(i, behind);
  return behind;
}

// Behind the type of a column: STORAGE {name | DEFAULT}
bool StandIn::ReplaceStorage(size_t i) {
  if (!Is(i, pg_query::STORAGE) || i + 1 >= tokens_.size()) return false;
  const char first = TextOf(i + 1)[0];
  if (!absl::ascii_isalpha(static_cast<unsigned char>(first)) && first != '"') {
    return false;
  }
  AddForm("STORAGE", i);
  Drop(i, i + 2);
  return true;
}

// XMLSERIALIZE(... [NO] INDENT)
bool StandIn::ReplaceIndent(size_t i) {
  const absl::optional<size_t> open = OpenBefore(i);
  if (!open.has_value() || *open == 0 ||
      !Is(*open - 1, pg_query::XMLSERIALIZE)) {
    return false;
  }
  const size_t indent = i + (Is(i, pg_query::NO) ? 1 : 0);
  if (!IsWord(indent, "indent")) return false;
  AddForm("XMLSERIALIZE with INDENT", i);
  Drop(i, indent + 1);
  return true;
}

// JSON_OBJECT, JSON_ARRAY, JSON_OBJECTAGG and JSON_ARRAYAGG
bool StandIn::ReplaceInConstructor(size_t i) {
  const absl::optional<size_t> open = OpenBefore(i);
  if (!open.has_value() || *open == 0) return false;
  const size_t name = *open - 1;
  const bool of_pairs =
      IsWord(name, "json_object") || IsWord(name, "json_objectagg");
  if (!of_pairs && !IsWord(name, "json_array") &&
      !IsWord(name, "json_arrayagg")) {
    return false;
  }
  // For 16 it is no keyword there.
  if (name > 0 && Is(name - 1, kDot)) return false;
  if (of_pairs && (Is(i, pg_query::VALUE_P) || Is(i, kColon))) {
    Put(i, ",");
  } else if ((IsWord(i, "absent") || Is(i, pg_query::NULL_P)) &&
             Is(i + 1, pg_query::ON) && Is(i + 2, pg_query::NULL_P)) {
    Drop(i, i + 3);
  } else if (Is(i, pg_query::RETURNING)) {
    Put(i, i == *open + 1 ? "NULL:: " : ", NULL:: ");
  } else if (DropFormat(i) == i && DropUniqueness(i) == i &&
             !(IsWord(name, "json_array") && EncloseQuery(*open))) {
    return false;
  }
  AddForm(absl::AsciiStrToUpper(TextOf(name)), name);
  return true;
}

// JSON_ARRAY(query [FORMAT JSON ...] [RETURNING type])
bool StandIn::EncloseQuery(size_t open) {
  const absl::optional<size_t> close = CloseOf(open);
  if (!close.has_value() || !MayBeginQuery(tokens_[open + 1].kind) ||
      !changes_[open + 1].before.empty()) {
    return false;
  }
  int depth = 0;
  size_t behind = open + 1;
  for (; behind < *close; ++behind) {
    if (Is(behind, kOpen)) ++depth;
    if (Is(behind, kClose)) --depth;
    if (depth == 0 &&
        (Is(behind, pg_query::RETURNING) ||
         (IsWord(behind, "format") && IsWord(behind + 1, "json")))) {
      break;
    }
  }
  changes_[open + 1].before = "(";
  changes_[behind].before = ")";
  return true;
}

bool StandIn::AddAlias(size_t i) {
  if (!Is(i, kOpen)) return false;
  const absl::optional<size_t> close = CloseOf(i);
  if (!close.has_value() || !changes_[*close].behind.empty()) return false;
  AddForm("a subquery in FROM without alias", i);
  changes_[*close].behind = " unnamed_subquery";
  return true;
}

void StandIn::Put(size_t i, absl::string_view text) {
  changes_[i].instead = std::string(text);
}

void StandIn::Drop(size_t first, size_t behind) {
  for (size_t i = first; i < std::min(behind, tokens_.size()); ++i) Put(i, " ");
}

void StandIn::AddForm(absl::string_view name, size_t i) {
  forms_.push_back({std::string(name), tokens_[i].begin});
}

void StandIn::MakeText() {
  text_.clear();
  places_.clear();
  size_t at = 0;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const Change& change = changes_[i];
    absl::StrAppend(&text_, original_.substr(at, tokens_[i].begin - at),
                    change.before);
    places_.push_back(text_.size());
    absl::StrAppend(&text_,
                    change.instead.has_value()
                        ? absl::string_view(*change.instead)
                        : TextOf(i),
                    change.behind);
    at = tokens_[i].end;
  }
  text_.append(original_, at, std::string::npos);
}

absl::optional<size_t> StandIn::FindToken(size_t byte_of_text) const {
  const auto place =
      std::lower_bound(places_.begin(), places_.end(), byte_of_text);
  if (place == places_.end() || *place != byte_of_text) return absl::nullopt;
  const size_t i = place - places_.begin();
  if (changes_[i].instead.has_value()) return absl::nullopt;
  return i;
}

size_t StandIn::OriginalByte(size_t byte) const {
  auto next = std::upper_bound(places_.begin(), places_.end(), byte);
  if (next == places_.begin()) return byte;
  const size_t i = next - places_.begin() - 1;
  const Change& change = changes_[i];
  const size_t length = change.instead.has_value()
                            ? change.instead->size()
                            : tokens_[i].end - tokens_[i].begin;
  const size_t within = byte - places_[i];
  if (within < length) {
    return change.instead.has_value() ? tokens_[i].begin
                                      : tokens_[i].begin + within;
  }
  // Behind the token: what was added to it counts as its end.
  const size_t behind = within - length;
  const size_t gap =
      behind < change.behind.size() ? 0 : behind - change.behind.size();
  const size_t end =
      i + 1 < tokens_.size() ? tokens_[i + 1].begin : original_.size();
  return std::min(tokens_[i].end + gap, end);
}

void StandIn::PutPlacesBack(pg_query::ParseResult* tree) const {
  for (pg_query::RawStmt& raw : *tree->mutable_stmts()) {
    const size_t begin = OriginalByte(raw.stmt_location());
    if (raw.stmt_len() > 0) {
      const size_t end = OriginalByte(raw.stmt_location() + raw.stmt_len());
      raw.set_stmt_len(static_cast<int>(end - begin));
    }
    raw.set_stmt_location(static_cast<int>(begin));
    PutBack(*this, raw.mutable_stmt());
  }
}

absl::optional<size_t> StandIn::OpenBefore(size_t i) const {
  int depth = 0;
  while (i-- > 0) {
    if (Is(i, kClose)) ++depth;
    if (Is(i, kOpen) && depth-- == 0) return i;
  }
  return absl::nullopt;
}

absl::optional<size_t> StandIn::CloseOf(size_t open) const {
  int depth = 0;
  for (size_t i = open; i < tokens_.size(); ++i) {
    if (Is(i, kOpen)) ++depth;
    if (Is(i, kClose) && --depth == 0) return i;
  }
  return absl::nullopt;
}

bool StandIn::Is(size_t i, int kind) const {
  return i < tokens_.size() && tokens_[i].kind == kind;
}

// A quoted name is no word, and its text not equal.
bool StandIn::IsWord(size_t i, absl::string_view word) const {
  return i < tokens_.size() && absl::EqualsIgnoreCase(TextOf(i), word);
}

absl::string_view StandIn::TextOf(size_t i) const {
  return absl::string_view(original_).substr(tokens_[i].begin,
                                             tokens_[i].end - tokens_[i].begin);
}

std::vector<VersionedForm> FindFormsOf16(const Message& tree,
                                         absl::string_view text) {
  std::vector<VersionedForm> forms = FindCalls(
      tree, text, [](const std::string& name, const pg_query::FuncCall& call) {
        return name == "json_array" || name == "json_arrayagg" ||
               name == "json_objectagg" ||
               (name == "json_object" && call.args().empty());
      });
  Walk(tree, [&](const Message& message, const Ancestors&) {
    const auto* column = As<pg_query::ColumnRef>(message);
    if (column != nullptr && column->fields_size() == 1 &&
        IsBare(text, column->location(), "system_user")) {
      forms.push_back({"SYSTEM_USER", static_cast<size_t>(column->location())});
    }
    return true;
  });
  return forms;
}

std::vector<VersionedForm> FindFormsOf17(const Message& tree,
                                         absl::string_view text) {
  return FindCalls(tree, text,
                   [](const std::string& name, const pg_query::FuncCall&) {
                     return name == "json_value" || name == "json_query" ||
                            name == "json_exists" || name == "json_scalar" ||
                            name == "json_serialize";
                   });
}

}  // namespace dsql::sql
