// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/json_reader.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/json.hpp"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/model_validator.h"
#include "dsql/v1/annotations.pb.h"
#include "google/protobuf/descriptor.h"

namespace dsql {
namespace http {
namespace {

namespace json = ::boost::json;

using ::google::protobuf::EnumValueDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

absl::Status CannotParse(absl::string_view message) {
  return ValidationException(v1::ValidationExceptionReason::cannotParse,
                             message);
}

std::string ToString(const json::string& text) {
  return std::string(text.data(), text.size());
}

absl::Status ReadObject(const json::object& object, const std::string& prefix,
                        Message* message);

absl::optional<int64_t> ToInteger(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (!value.is_double()) return absl::nullopt;
  const double number = value.get_double();
  // Beyond 2^53 not every integer is a double.
  constexpr double kExact = 9007199254740992.0;
  if (!(number >= -kExact && number <= kExact)) return absl::nullopt;
  const auto integer = static_cast<int64_t>(number);
  if (static_cast<double>(integer) != number) return absl::nullopt;
  return integer;
}

absl::Status ReadInt32(const json::value& value, const std::string& name,
                       const FieldDescriptor* field, Message* message) {
  const absl::optional<int64_t> integer = ToInteger(value);
  if (!integer.has_value() || *integer < std::numeric_limits<int32_t>::min() ||
      *integer > std::numeric_limits<int32_t>::max()) {
    return WrongType(name, "an integer");
  }
  message->GetReflection()->SetInt32(message, field,
                                     static_cast<int32_t>(*integer));
  return absl::OkStatus();
}

absl::Status ReadEnum(const json::value& value, const std::string& name,
                      const FieldDescriptor* field, Message* message) {
  if (!value.is_string()) return WrongType(name, "a string");
  const EnumValueDescriptor* known =
      field->enum_type()->FindValueByName(ToString(value.get_string()));
  message->GetReflection()->SetEnumValue(
      message, field, known == nullptr ? 0 : known->number());
  return absl::OkStatus();
}

absl::Status ReadSingular(const json::value& value, const std::string& name,
                          const FieldDescriptor* field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!value.is_bool()) return WrongType(name, "a boolean");
      reflection->SetBool(message, field, value.get_bool());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_STRING:
      if (!value.is_string()) return WrongType(name, "a string");
      reflection->SetString(message, field, ToString(value.get_string()));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (!value.is_number()) return WrongType(name, "a number");
      reflection->SetDouble(message, field, value.to_number<double>());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
      return ReadInt32(value, name, field, message);
    case FieldDescriptor::CPPTYPE_ENUM:
      return ReadEnum(value, name, field, message);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!value.is_object()) return WrongType(name, "an object");
      return ReadObject(value.get_object(), name + ".",
                        reflection->MutableMessage(message, field));
    default:
      return InternalServerException(
          absl::StrCat("No JSON form is known for ", field->full_name()));
  }
}

// The model has lists of strings in requests, no others.
absl::Status ReadList(const json::value& value, const std::string& name,
                      const FieldDescriptor* field, Message* message) {
  if (!value.is_array()) return WrongType(name, "a list");
  for (const json::value& element : value.get_array()) {
    if (!element.is_string()) return WrongType(name, "a list of strings");
    message->GetReflection()->AddString(message, field,
                                        ToString(element.get_string()));
  }
  return absl::OkStatus();
}

// The model has maps of strings to strings, no others.
absl::Status ReadMap(const json::value& value, const std::string& name,
                     const FieldDescriptor* field, Message* message) {
  if (!value.is_object()) return WrongType(name, "an object");
  for (const json::key_value_pair& member : value.get_object()) {
    if (!member.value().is_string()) {
      return WrongType(name, "an object of strings");
    }
    Message* entry = message->GetReflection()->AddMessage(message, field);
    const Reflection* reflection = entry->GetReflection();
    reflection->SetString(entry, field->message_type()->map_key(),
                          std::string(member.key()));
    reflection->SetString(entry, field->message_type()->map_value(),
                          ToString(member.value().get_string()));
  }
  return absl::OkStatus();
}

absl::Status ReadObject(const json::object& object, const std::string& prefix,
                        Message* message) {
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const v1::Member& member = field->options().GetExtension(v1::member);
    if (member.location() != v1::Member::BODY) continue;
    const json::value* value = object.if_contains(field->json_name());
    const std::string name = prefix + field->json_name();
    if (value == nullptr || value->is_null()) {
      // Of a list only the text tells whether it is missing or empty.
      if (field->is_repeated() && member.required()) {
        return ModelValidator::MissingMember(name);
      }
      continue;
    }
    DSQL_RETURN_IF_ERROR(field->is_map() ? ReadMap(*value, name, field, message)
                         : field->is_repeated()
                             ? ReadList(*value, name, field, message)
                             : ReadSingular(*value, name, field, message));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WrongType(absl::string_view name, absl::string_view expected) {
  return CannotParse(
      absl::StrCat("Value at '", name, "' must be ", expected, "."));
}

absl::Status ReadJson(absl::string_view text, Message* message) {
  boost::system::error_code error;
  const json::value value =
      json::parse(json::string_view(text.data(), text.size()), error);
  if (error) {
    return CannotParse(absl::StrCat("The body is not JSON: ", error.message()));
  }
  if (!value.is_object()) {
    return CannotParse("The body must be a JSON object.");
  }
  return ReadObject(value.get_object(), "", message);
}

}  // namespace http
}  // namespace dsql
