// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/model_validator.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/base/call_once.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "dsql/aws/errors.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/dsql.pb.h"
#include "google/protobuf/descriptor.h"
#include "re2/re2.h"

namespace dsql {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

using Violations = std::vector<v1::ValidationExceptionField>;

// A member's place in the request, put together only where it is violated.
struct Place {
  std::string ToString() const { return absl::StrCat(prefix, member); }

  // The path to the message, with a dot at its end unless empty.
  absl::string_view prefix;
  absl::string_view member;
};

constexpr char kMissing[] = "Member must not be null";

void AddViolation(const Place& place, absl::string_view constraint,
                  Violations* violations) {
  const std::string name = place.ToString();
  violations->push_back(InvalidField(
      name, absl::StrCat("Value at '", name,
                         "' failed to satisfy constraint: ", constraint)));
}

re2::StringPiece ToPiece(const std::string& text) {
  return re2::StringPiece(text.data(), text.size());
}

bool IsAscii(absl::string_view text) {
  return absl::c_all_of(text, absl::ascii_isascii);
}

// RE2's `.` matches only well-formed UTF-8.
bool IsUtf8(const std::string& text) {
  static const re2::LazyRE2 kAnyCharacters = {"(?s).*"};
  return RE2::FullMatch(ToPiece(text), *kAnyCharacters);
}

// A byte of UTF-8.
bool BeginsCharacter(char c) {
  return (static_cast<uint8_t>(c) & 0xc0) != 0x80;
}

// Requires: `text` is UTF-8.
int64_t CharactersIn(absl::string_view text) {
  return absl::c_count_if(text, BeginsCharacter);
}

// A string, shortened and escaped for a message.
std::string Quote(absl::string_view text) {
  constexpr size_t kMaxShown = 64;
  size_t shown = std::min(text.size(), kMaxShown);
  // Whole characters.
  while (shown > 0 && shown < text.size() && !BeginsCharacter(text[shown]))
    --shown;
  const std::string part(text.substr(0, shown));
  return absl::StrCat(
      "'", IsUtf8(part) ? absl::Utf8SafeCEscape(part) : absl::CEscape(part),
      shown < text.size() ? "...'" : "'");
}

std::string AllowedValues(const EnumDescriptor* type) {
  std::vector<absl::string_view> names;
  for (int i = 0; i < type->value_count(); ++i) {
    if (type->value(i)->number() != 0) names.push_back(type->value(i)->name());
  }
  return absl::StrCat("Member must satisfy enum value set: [",
                      absl::StrJoin(names, ", "), "]");
}

// Bounds with their pattern compiled.
class Checker {
 public:
  Checker(const v1::Bounds& bounds, IdentifierStyle style) : bounds_(bounds) {
    if (bounds.pattern().empty()) return;
    const std::string pattern =
        style == IdentifierStyle::kAws
            ? bounds.pattern()
            : absl::StrReplaceAll(bounds.pattern(),
                                  {{"[a-z0-9]{26}", "[a-z0-9-]{26,36}"}});
    pattern_ = std::make_unique<RE2>(pattern);
  }

  // `what` is "length", "value" or "size". Returns false after a violation.
  bool CheckRange(int64_t value, absl::string_view what, const Place& place,
                  absl::string_view of, Violations* violations) const {
    if (bounds_.has_min() && value < bounds_.min()) {
      AddViolation(place,
                   absl::StrCat(of, " must have ", what,
                                " greater than or equal to ", bounds_.min()),
                   violations);
      return false;
    }
    if (bounds_.has_max() && value > bounds_.max()) {
      AddViolation(place,
                   absl::StrCat(of, " must have ", what,
                                " less than or equal to ", bounds_.max()),
                   violations);
      return false;
    }
    return true;
  }

  // `of` says what the string is: "Member", "Map key 'x'".
  void CheckString(const std::string& text, const Place& place,
                   absl::string_view of, Violations* violations) const {
    const bool is_ascii = IsAscii(text);
    if (!is_ascii && !IsUtf8(text)) {
      AddViolation(place, absl::StrCat(of, " must be valid UTF-8"), violations);
      return;
    }
    const int64_t length = is_ascii ? text.size() : CharactersIn(text);
    if (!CheckRange(length, "length", place, of, violations)) return;
    if (pattern_ != nullptr && !RE2::FullMatch(ToPiece(text), *pattern_)) {
      AddViolation(
          place,
          absl::StrCat(of, " must satisfy regular expression pattern: ",
                       bounds_.pattern()),
          violations);
    }
  }

 private:
  const v1::Bounds bounds_;
  std::unique_ptr<RE2> pattern_;
};

struct FieldPlan {
  FieldPlan(const FieldDescriptor* field, IdentifierStyle style)
      : field(field),
        required(field->options().GetExtension(v1::member).required()),
        bounds(field->options().GetExtension(v1::member).bounds(), style),
        element(field->options().GetExtension(v1::member).element(), style),
        map_value(field->options().GetExtension(v1::member).map_value(),
                  style) {}

  const FieldDescriptor* field;
  bool required;
  Checker bounds;
  Checker element;
  Checker map_value;
};

void CheckMap(const Message& message, const FieldPlan& plan, const Place& place,
              Violations* violations) {
  const Reflection* reflection = message.GetReflection();
  const FieldDescriptor* key = plan.field->message_type()->map_key();
  const FieldDescriptor* value = plan.field->message_type()->map_value();
  for (int i = 0; i < reflection->FieldSize(message, plan.field); ++i) {
    const Message& entry =
        reflection->GetRepeatedMessage(message, plan.field, i);
    const std::string text = entry.GetReflection()->GetString(entry, key);
    plan.element.CheckString(text, place, absl::StrCat("Map key ", Quote(text)),
                             violations);
    plan.map_value.CheckString(
        entry.GetReflection()->GetString(entry, value), place,
        absl::StrCat("Map value of ", Quote(text)), violations);
  }
}

void CheckList(const Message& message, const FieldPlan& plan,
               const Place& place, Violations* violations) {
  const Reflection* reflection = message.GetReflection();
  for (int i = 0; i < reflection->FieldSize(message, plan.field); ++i) {
    plan.element.CheckString(
        reflection->GetRepeatedString(message, plan.field, i), place,
        absl::StrCat("List element ", i + 1), violations);
  }
}

void CheckEnum(const Message& message, const FieldDescriptor* field,
               const Place& place, Violations* violations) {
  const int value = message.GetReflection()->GetEnumValue(message, field);
  if (value == 0 || field->enum_type()->FindValueByNumber(value) == nullptr) {
    AddViolation(place, AllowedValues(field->enum_type()), violations);
  }
}

absl::Status Refuse(const Violations& violations) {
  std::vector<absl::string_view> messages;
  for (const v1::ValidationExceptionField& field : violations) {
    messages.push_back(field.message());
  }
  return ValidationException(
      v1::ValidationExceptionReason::fieldValidationFailed,
      absl::StrCat(violations.size(), " validation error",
                   violations.size() == 1 ? "" : "s",
                   " detected: ", absl::StrJoin(messages, "; ")),
      violations);
}

}  // namespace

struct ModelValidator::MessagePlan {
  MessagePlan(const Descriptor* type, IdentifierStyle style)
      : is_union(type->options().GetExtension(v1::union_shape)) {
    fields.reserve(type->field_count());
    for (int i = 0; i < type->field_count(); ++i) {
      fields.emplace_back(type->field(i), style);
    }
  }

  // `prefix` is the path to `message`, with a dot at its end unless empty.
  void Check(const ModelValidator& validator, const Message& message,
             const std::string& prefix, Violations* violations) const {
    const Reflection* reflection = message.GetReflection();
    int set = 0;
    for (const FieldPlan& plan : fields) {
      if (plan.field->is_repeated()) {
        CheckRepeated(message, plan, prefix, violations);
      } else if (reflection->HasField(message, plan.field)) {
        ++set;
        CheckSingular(validator, message, plan, prefix, violations);
      } else if (plan.required) {
        AddViolation({prefix, plan.field->json_name()}, kMissing, violations);
      }
    }
    if (is_union && set != 1) {
      AddViolation({prefix.substr(0, prefix.size() - 1), ""},
                   "Member must have exactly one member set", violations);
    }
  }

  static void CheckRepeated(const Message& message, const FieldPlan& plan,
                            const std::string& prefix, Violations* violations) {
    const int size = message.GetReflection()->FieldSize(message, plan.field);
    // An empty list and an absent one are the same in a proto: a required one
    // is there and empty, where the bounds allow that.
    if (size == 0 && !plan.required) return;
    const Place place{prefix, plan.field->json_name()};
    if (!plan.bounds.CheckRange(size, "size", place, "Member", violations)) {
      return;
    }
    if (plan.field->is_map()) {
      CheckMap(message, plan, place, violations);
    } else {
      CheckList(message, plan, place, violations);
    }
  }

  static void CheckSingular(const ModelValidator& validator,
                            const Message& message, const FieldPlan& plan,
                            const std::string& prefix, Violations* violations) {
    const Reflection* reflection = message.GetReflection();
    const Place place{prefix, plan.field->json_name()};
    switch (plan.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        plan.bounds.CheckString(
            reflection->GetStringReference(message, plan.field, &scratch),
            place, "Member", violations);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT32:
        plan.bounds.CheckRange(reflection->GetInt32(message, plan.field),
                               "value", place, "Member", violations);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        CheckEnum(message, plan.field, place, violations);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        validator.PlanFor(plan.field->message_type())
            .Check(validator, reflection->GetMessage(message, plan.field),
                   place.ToString() + ".", violations);
        break;
      default:  // Booleans and numbers have no bounds in the model.
        break;
    }
  }

  bool is_union;
  std::vector<FieldPlan> fields;
};

ModelValidator::ModelValidator(IdentifierStyle style)
    : style_(style),
      plans_(
          v1::CreateClusterInput::descriptor()->file()->message_type_count()) {}

ModelValidator::~ModelValidator() = default;

const ModelValidator::MessagePlan& ModelValidator::PlanFor(
    const Descriptor* type) const {
  LazyPlan& lazy = plans_[type->index()];
  absl::call_once(lazy.once, [&] {
    lazy.plan = std::make_unique<const MessagePlan>(type, style_);
  });
  return *lazy.plan;
}

absl::Status ModelValidator::Validate(const Message& input) const {
  Violations violations;
  PlanFor(input.GetDescriptor()).Check(*this, input, "", &violations);
  return violations.empty() ? absl::OkStatus() : Refuse(violations);
}

absl::Status ModelValidator::MissingMember(absl::string_view name) {
  Violations violations;
  AddViolation({"", name}, kMissing, &violations);
  return Refuse(violations);
}

}  // namespace dsql
