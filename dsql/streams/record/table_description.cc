// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/table_description.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "boost/json/value.hpp"

namespace dsql::streams {
namespace {

// False where there is no such string.
bool Read(const boost::json::value* value, std::string* text) {
  if (value == nullptr || !value->is_string()) return false;
  *text = std::string(value->get_string().data(), value->get_string().size());
  return true;
}

bool Read(const boost::json::object& object, TableDescription* description) {
  if (!Read(object.if_contains("schema"), &description->schema) ||
      !Read(object.if_contains("table"), &description->table))
    return false;
  const boost::json::value* key = object.if_contains("key");
  const boost::json::value* types = object.if_contains("types");
  if (key == nullptr || !key->is_array() || types == nullptr ||
      !types->is_object())
    return false;
  for (const boost::json::value& column : key->get_array()) {
    if (!Read(&column, &description->key.emplace_back())) return false;
  }
  for (const auto& type : types->get_object()) {
    if (!Read(&type.value(), &description->types[std::string(type.key())]))
      return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<TableDescription> ParseTableDescription(absl::string_view json) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(
      boost::json::string_view(json.data(), json.size()), error);
  TableDescription description;
  if (error || !value.is_object() || !Read(value.get_object(), &description)) {
    return absl::InvalidArgumentError(
        absl::StrCat("No description of a table: ", json));
  }
  return description;
}

}  // namespace dsql::streams
