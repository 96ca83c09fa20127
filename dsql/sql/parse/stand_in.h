// SPDX-License-Identifier: Apache-2.0

// What PostgreSQL 16 added to SQL, for a parser that is of version 15.

#ifndef DSQL_SQL_PARSE_STAND_IN_H_
#define DSQL_SQL_PARSE_STAND_IN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/parse/tokens.h"

namespace google::protobuf {
class Message;
}
namespace pg_query {
class ParseResult;
}

namespace dsql::sql {

// A form that only some versions of PostgreSQL have.
struct VersionedForm {
  // As a message calls it: "IS JSON".
  std::string name;
  // The byte of the text at which it was noticed.
  size_t begin = 0;
};

// StandIn is a text that the parser reads in the place of another, with forms
// of version 15 where the other has forms of version 16:
//
//   x IS JSON OBJECT WITH UNIQUE KEYS    x IS NULL
//   JSON_OBJECT(k VALUE v ABSENT ON NULL RETURNING t FORMAT JSON)
//                                        JSON_OBJECT(k , v , NULL:: t)
//   JSON_ARRAY(SELECT a FROM t)          JSON_ARRAY((SELECT a FROM t))
//   XMLSERIALIZE(CONTENT x AS t INDENT)  XMLSERIALIZE(CONTENT x AS t)
//   c t STORAGE PLAIN                    c t
//   FROM (SELECT 1)                      FROM (SELECT 1) unnamed_subquery
//
// It is the parser that says where they are: one that knows more forms could go
// on just where this one stops. So a name, a label or a literal that looks like
// one is never taken for it, what stands in front of it is understood as 16
// does, and what is neither 15 nor 16 stays an error. All that a rule could ask
// about, every expression, name and type, has its place in the tree; only words
// of the forms are missing.
class StandIn {
 public:
  // `original` must outlive it.
  explicit StandIn(const std::string& original);

  const std::string& text() const { return text_; }

  // Takes the form at which the parser stopped, for the reason and at the
  // 1-based character of text() that it gives. False where there is none, and
  // where text() was read so often that reading on would take seconds.
  bool Replace(absl::string_view error, int position);

  // All that were replaced, as they were found.
  const std::vector<VersionedForm>& forms() const { return forms_; }

  // Where a byte of text() comes from.
  size_t OriginalByte(size_t byte) const;

  // Makes the places in a tree of text() those of the original.
  void PutPlacesBack(pg_query::ParseResult* tree) const;

 private:
  // What becomes of a token.
  struct Change {
    std::string before;
    // In its place.
    absl::optional<std::string> instead;
    std::string behind;
  };

  bool ReplaceSyntax(size_t i);
  bool ReplacePredicate(size_t i);
  bool ReplaceStorage(size_t i);
  bool ReplaceIndent(size_t i);
  bool ReplaceInConstructor(size_t i);
  bool EncloseQuery(size_t open);
  bool AddAlias(size_t i);
  // Behind what was left out.
  size_t DropUniqueness(size_t i);
  size_t DropFormat(size_t i);

  void Put(size_t i, absl::string_view text);
  void Drop(size_t first, size_t behind);
  void AddForm(absl::string_view name, size_t i);
  void MakeText();

  absl::optional<size_t> FindToken(size_t byte_of_text) const;
  // The parenthesis around a token that is not closed in front of it; and the
  // one that closes one.
  absl::optional<size_t> OpenBefore(size_t i) const;
  absl::optional<size_t> CloseOf(size_t open) const;
  bool Is(size_t i, int kind) const;
  bool IsWord(size_t i, absl::string_view word) const;
  absl::string_view TextOf(size_t i) const;

  const std::string& original_;
  const std::vector<Token> tokens_;
  std::vector<Change> changes_;
  std::vector<VersionedForm> forms_;
  std::string text_;
  // Where each token, or what stands in its place, begins in text_.
  std::vector<size_t> places_;
  // How much has been read.
  size_t bytes_read_ = 0;
};

// Forms of later versions that version 15 reads as something else, in a tree,
// or a part of one, that has its places in `text`. Of 16: SYSTEM_USER, for it a
// column, and constructors of JSON, for it calls.
std::vector<VersionedForm> FindFormsOf16(const google::protobuf::Message& tree,
                                         absl::string_view text);
// Of 17: JSON_VALUE(...) and the like, calls of functions that 16 has not.
std::vector<VersionedForm> FindFormsOf17(const google::protobuf::Message& tree,
                                         absl::string_view text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_STAND_IN_H_
