// SPDX-License-Identifier: Apache-2.0

// Small questions that are asked of parse trees again and again.

#ifndef DSQL_SQL_PARSE_TREE_NAMES_H_
#define DSQL_SQL_PARSE_TREE_NAMES_H_

#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/repeated_field.h"

namespace pg_query {
class DefElem;
class Node;
class RangeVar;
}  // namespace pg_query

namespace dsql::sql {

// `message` if it is a T, otherwise null.
template <typename T>
const T* As(const google::protobuf::Message& message) {
  return message.GetDescriptor() == T::descriptor()
             ? static_cast<const T*>(&message)
             : nullptr;
}

using NodeList = google::protobuf::RepeatedPtrField<pg_query::Node>;

// Of a list of String nodes: with dots between them, the last one, and the one
// before it, or "".
std::string JoinName(const NodeList& names);
std::string LastName(const NodeList& names);
std::string SchemaOf(const NodeList& names);

// An option that is on where nothing follows its name.
bool IsTrueOption(const pg_query::DefElem& option);

// A constant's text, also of a type name's or a number's; "" for the others.
std::string ConstantText(const pg_query::Node& node);

// What the rest of a query calls a relation of FROM.
const std::string& NameInQuery(const pg_query::RangeVar& relation);

// In double quotes.
std::string QuoteName(const std::string& name);

// As an SQL literal.
std::string QuoteLiteral(const std::string& text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_TREE_NAMES_H_
