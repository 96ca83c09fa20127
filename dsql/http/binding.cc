// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/binding.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/model_validator.h"
#include "dsql/http/json_reader.h"
#include "dsql/v1/annotations.pb.h"
#include "google/protobuf/descriptor.h"

namespace dsql {
namespace http {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

std::string NameOnTheWire(const FieldDescriptor* field,
                          const v1::Member& member) {
  return member.location_name().empty() ? field->json_name()
                                        : member.location_name();
}

absl::Status SetText(const FieldDescriptor* field, const std::string& text,
                     Message* input) {
  const Reflection* reflection = input->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(input, field, text);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t number;
      if (!absl::SimpleAtoi(text, &number)) {
        return WrongType(field->json_name(), "an integer");
      }
      reflection->SetInt32(input, field, number);
      return absl::OkStatus();
    }
    default:
      return InternalServerException(absl::StrCat(
          "No form in a URI or query is known for ", field->full_name()));
  }
}

absl::Status BindTexts(const FieldDescriptor* field, const std::string& name,
                       const NamedTexts& texts, Message* input) {
  bool missing = field->options().GetExtension(v1::member).required();
  for (const auto& text : texts) {
    if (text.first != name) continue;
    if (!field->is_repeated()) return SetText(field, text.second, input);
    input->GetReflection()->AddString(input, field, text.second);
    missing = false;
  }
  return field->is_repeated() && missing
             ? ModelValidator::MissingMember(field->json_name())
             : absl::OkStatus();
}

}  // namespace

absl::Status BindRequest(const NamedTexts& labels, const NamedTexts& query,
                         absl::string_view body, Message* input) {
  bool has_body = false;
  for (int i = 0; i < input->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = input->GetDescriptor()->field(i);
    const v1::Member& member = field->options().GetExtension(v1::member);
    if (member.location() == v1::Member::BODY) {
      has_body = true;
      continue;
    }
    DSQL_RETURN_IF_ERROR(BindTexts(
        field, NameOnTheWire(field, member),
        member.location() == v1::Member::URI ? labels : query, input));
  }
  if (!has_body) return absl::OkStatus();
  return ReadJson(body.empty() ? "{}" : body, input);
}

}  // namespace http
}  // namespace dsql
