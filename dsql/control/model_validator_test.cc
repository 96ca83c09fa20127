// SPDX-License-Identifier: Apache-2.0

// Walks the service model (testdata/dsql-api.json, as AWS publishes it) and
// proves that the descriptors say the same, and that each constraint is
// enforced.

#include "dsql/control/model_validator.h"

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "boost/json.hpp"
#include "dsql/aws/errors.h"
#include "dsql/aws/service_model.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/dsql.pb.h"
#include "dsql/v1/errors.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

namespace json = ::boost::json;

using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;
using ::google::protobuf::ServiceDescriptor;

const json::object& Model() {
  static const json::value& model = *[] {
    std::ifstream file("dsql/control/testdata/dsql-api.json");
    std::stringstream text;
    text << file.rdbuf();
    return new json::value(json::parse(text.str()));
  }();
  return model.get_object();
}

const json::object& Shape(absl::string_view name) {
  return Model()
      .at("shapes")
      .at(json::string_view(name.data(), name.size()))
      .get_object();
}

std::string Text(const json::value& value) {
  return std::string(value.get_string().data(), value.get_string().size());
}

const ServiceDescriptor& Service() { return ServiceModel(); }

const FieldDescriptor* FindMember(const Descriptor& type,
                                  const std::string& name) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == name) return type.field(i);
  }
  return nullptr;
}

int IntOr(const json::object& object, const char* key, int otherwise) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? otherwise : value->to_number<int>();
}

// The bounds of a shape as the descriptors should have them; a minimum of 0
// says nothing.
void ExpectBounds(const json::object& shape, const v1::Bounds& bounds) {
  EXPECT_EQ(bounds.min(), IntOr(shape, "min", 0));
  EXPECT_EQ(bounds.has_max() ? bounds.max() : -1, IntOr(shape, "max", -1));
  const json::value* pattern = shape.if_contains("pattern");
  EXPECT_EQ(bounds.pattern(), pattern == nullptr ? "" : Text(*pattern));
}

// Compares a structure of the model with its message, and all it leads to.
void ExpectSameStructure(const std::string& name, const Descriptor& type) {
  SCOPED_TRACE(name);
  const json::object& shape = Shape(name);
  EXPECT_EQ(type.name(), name);
  EXPECT_EQ(type.options().GetExtension(v1::union_shape),
            shape.if_contains("union") != nullptr);
  std::set<std::string> required;
  for (const json::value& member : shape.at("required").get_array()) {
    required.insert(Text(member));
  }
  const json::object& members = shape.at("members").get_object();
  EXPECT_EQ(static_cast<size_t>(type.field_count()), members.size());
  for (const auto& entry : members) {
    const std::string member(entry.key().data(), entry.key().size());
    SCOPED_TRACE(member);
    const FieldDescriptor* field = FindMember(type, member);
    ASSERT_NE(field, nullptr);
    const v1::Member& options = field->options().GetExtension(v1::member);
    EXPECT_EQ(options.required(), required.count(member) > 0);
    const json::object& description = entry.value().get_object();
    const std::string member_shape_name = Text(description.at("shape"));
    const json::object& member_shape = Shape(member_shape_name);
    const std::string kind = Text(member_shape.at("type"));
    const json::value* location = description.if_contains("location");
    const std::string where = location == nullptr ? "" : Text(*location);
    EXPECT_EQ(options.location(), where == "uri"           ? v1::Member::URI
                                  : where == "querystring" ? v1::Member::QUERY
                                                           : v1::Member::BODY);
    if (location != nullptr) {
      EXPECT_EQ(
          options.location_name().empty() ? member : options.location_name(),
          Text(description.at("locationName")));
    }
    ExpectBounds(member_shape, options.bounds());
    if (kind == "list") {
      const std::string element = Text(member_shape.at("member"));
      if (Text(Shape(element).at("type")) == "string") {
        ExpectBounds(Shape(element), options.element());
      } else {
        ExpectSameStructure(element, *field->message_type());
      }
    } else if (kind == "map") {
      ExpectBounds(Shape(Text(member_shape.at("key"))), options.element());
      ExpectBounds(Shape(Text(member_shape.at("value"))), options.map_value());
    } else if (kind == "structure") {
      ExpectSameStructure(member_shape_name, *field->message_type());
    } else if (member_shape.if_contains("enum") != nullptr) {
      for (const json::value& value : member_shape.at("enum").get_array()) {
        EXPECT_NE(field->enum_type()->FindValueByName(Text(value)), nullptr)
            << Text(value);
      }
      EXPECT_EQ(static_cast<size_t>(field->enum_type()->value_count()),
                member_shape.at("enum").get_array().size() + 1);
    }
  }
}

TEST(ServiceModelTest, DescriptorsSayWhatTheModelSays) {
  const json::object& operations = Model().at("operations").get_object();
  EXPECT_EQ(static_cast<size_t>(Service().method_count()), operations.size());
  for (const auto& entry : operations) {
    const std::string name(entry.key().data(), entry.key().size());
    SCOPED_TRACE(name);
    const json::object& operation = entry.value().get_object();
    const MethodDescriptor* method = Service().FindMethodByName(name);
    ASSERT_NE(method, nullptr);
    const v1::Operation& options =
        method->options().GetExtension(v1::operation);
    EXPECT_EQ(options.method(), Text(operation.at("method")));
    EXPECT_EQ(options.uri(), Text(operation.at("uri")));
    std::set<std::string> errors;
    for (const json::value& error : operation.at("errors").get_array()) {
      errors.insert(Text(error));
    }
    std::set<std::string> declared;
    for (const int shape : options.errors()) {
      declared.insert(
          v1::AwsError::Shape_Name(static_cast<v1::AwsError::Shape>(shape)));
    }
    EXPECT_EQ(declared, errors);
    ExpectSameStructure(Text(operation.at("input")), *method->input_type());
    if (operation.at("output").is_string()) {
      ExpectSameStructure(Text(operation.at("output")), *method->output_type());
    } else {
      EXPECT_EQ(method->output_type()->field_count(), 0);
    }
  }
}

TEST(ServiceModelTest, HttpStatusesAreTheModels) {
  for (int i = v1::AwsError::ValidationException;
       i <= v1::AwsError::InternalServerException; ++i) {
    const auto shape = static_cast<v1::AwsError::Shape>(i);
    EXPECT_EQ(HttpStatusOf(shape),
              IntOr(Shape(v1::AwsError::Shape_Name(shape)), "httpStatus", 0));
  }
}

// Texts that fit the patterns of the model, each made up by hand.
std::string ValidText(const std::string& pattern) {
  static const auto& kTexts = *new std::map<std::string, std::string>{
      {"", "text"},
      {"[!-~]+", "token"},
      {"[a-z0-9]{26}", "abcdefghijklmnopqrstuvwxyz"},
      {"arn:.+", "arn:aws:dsql:us-east-1:000000000000:cluster/a"},
      {"[a-zA-Z0-9:/_-]+", "alias/key"},
      {"[a-zA-Z0-9_.:/=+\\-@ ]*", "tag"},
      {"arn:aws(-[^:]+)?:dsql:[a-z0-9-]{1,20}:[0-9]{12}:cluster/[a-z0-9]{26}",
       "arn:aws:dsql:us-east-1:000000000000:cluster/"
       "abcdefghijklmnopqrstuvwxyz"},
      {"arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
       "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
      {"arn:aws(-[^:]+)?:iam::[0-9]{12}:role(/[a-zA-Z0-9+=,.@_-]+)+",
       "arn:aws:iam::000000000000:role/r"},
  };
  const auto found = kTexts.find(pattern);
  EXPECT_NE(found, kTexts.end()) << "No valid text for " << pattern;
  return found == kTexts.end() ? "" : found->second;
}

// Sets every member of `message` to a value that the model allows.
void Fill(Message* message) {
  const auto* reflection = message->GetReflection();
  const Descriptor& type = *message->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const v1::Member& options = field->options().GetExtension(v1::member);
    if (field->is_map()) {
      Message* entry = reflection->AddMessage(message, field);
      const Descriptor& entry_type = *entry->GetDescriptor();
      entry->GetReflection()->SetString(entry, entry_type.map_key(), "key");
      entry->GetReflection()->SetString(entry, entry_type.map_value(), "value");
    } else if (field->is_repeated()) {
      reflection->AddString(message, field,
                            ValidText(options.element().pattern()));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      reflection->SetString(message, field,
                            ValidText(options.bounds().pattern()));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      reflection->SetEnumValue(message, field, 1);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      reflection->SetInt32(message, field, 1);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Fill(reflection->MutableMessage(message, field));
    }
  }
}

// Checks that an input with `change` applied to the member at `path` of a valid
// one violates that member alone.
class ConstraintWalk {
 public:
  explicit ConstraintWalk(const Descriptor& type)
      : input_(
            MessageFactory::generated_factory()->GetPrototype(&type)->New()) {
    Fill(input_.get());
  }

  void Run() {
    EXPECT_THAT(validator_.Validate(*input_), IsOk());
    Walk(input_.get(), "");
  }

  int checked() const { return checked_; }

 private:
  void Walk(Message* message, const std::string& prefix) {
    const Descriptor& type = *message->GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor* field = type.field(i);
      const std::string name = prefix + field->json_name();
      SCOPED_TRACE(name);
      WalkMember(message, field, name);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
          !field->is_repeated()) {
        Walk(message->GetReflection()->MutableMessage(message, field),
             name + ".");
      }
    }
  }

  void WalkMember(Message* message, const FieldDescriptor* field,
                  const std::string& name) {
    const auto* reflection = message->GetReflection();
    const v1::Member& options = field->options().GetExtension(v1::member);
    if (options.required() && !field->is_repeated()) {
      Expect(message, name, [&] { reflection->ClearField(message, field); });
    }
    if (field->is_map()) {
      WalkMap(message, field, options, name);
    } else if (field->is_repeated()) {
      WalkList(message, field, options, name);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      for (const std::string& text : InvalidTexts(options.bounds())) {
        Expect(message, name,
               [&] { reflection->SetString(message, field, text); });
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      for (const int value : {0, 999}) {
        Expect(message, name,
               [&] { reflection->SetEnumValue(message, field, value); });
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      for (const int value :
           {options.bounds().min() - 1, options.bounds().max() + 1}) {
        Expect(message, name,
               [&] { reflection->SetInt32(message, field, value); });
      }
    }
  }

  void WalkMap(Message* message, const FieldDescriptor* field,
               const v1::Member& options, const std::string& name) {
    const auto add = [&](const std::string& key, const std::string& value) {
      Message* entry = message->GetReflection()->AddMessage(message, field);
      const Descriptor& type = *entry->GetDescriptor();
      entry->GetReflection()->SetString(entry, type.map_key(), key);
      entry->GetReflection()->SetString(entry, type.map_value(), value);
    };
    for (const std::string& text : InvalidTexts(options.element())) {
      Expect(message, name, [&] { add(text, "value"); });
    }
    for (const std::string& text : InvalidTexts(options.map_value())) {
      Expect(message, name, [&] { add("other", text); });
    }
    Expect(message, name, [&] {
      for (int i = 0; i < options.bounds().max(); ++i) {
        add("key" + std::to_string(i), "value");
      }
    });
  }

  void WalkList(Message* message, const FieldDescriptor* field,
                const v1::Member& options, const std::string& name) {
    const auto* reflection = message->GetReflection();
    for (const std::string& text : InvalidTexts(options.element())) {
      Expect(message, name,
             [&] { reflection->AddString(message, field, text); });
    }
    if (options.bounds().has_max()) {
      Expect(message, name, [&] {
        for (int i = 0; i < options.bounds().max(); ++i) {
          reflection->AddString(message, field, "key");
        }
      });
    }
  }

  // Texts that violate `bounds`, and hostile ones; a length counts characters.
  static std::vector<std::string> InvalidTexts(const v1::Bounds& bounds) {
    std::vector<std::string> texts = {"\xff\xfe"};
    if (bounds.min() > 0) texts.push_back("");
    if (bounds.has_max()) {
      texts.push_back(std::string(bounds.max() + 1, 'a'));
      texts.push_back(std::string(10 << 20, 'a'));
    }
    if (!bounds.pattern().empty()) {
      texts.push_back(std::string("\0", 1));
      texts.push_back(ValidText(bounds.pattern()) + "\n");
      texts.push_back("\xc3\xa9");
    }
    return texts;
  }

  void Expect(Message* message, const std::string& name,
              const std::function<void()>& change) {
    std::unique_ptr<Message> before(message->New());
    before->CopyFrom(*message);
    change();
    EXPECT_THAT(validator_.Validate(*input_), IsInvalidMember(name));
    message->CopyFrom(*before);
    ++checked_;
  }

  const ModelValidator validator_{IdentifierStyle::kAws};
  std::unique_ptr<Message> input_;
  int checked_ = 0;
};

TEST(ModelValidatorTest, EachConstraintOfTheModelIsEnforced) {
  int checked = 0;
  for (int i = 0; i < Service().method_count(); ++i) {
    SCOPED_TRACE(Service().method(i)->name());
    ConstraintWalk walk(*Service().method(i)->input_type());
    walk.Run();
    checked += walk.checked();
  }
  EXPECT_GT(checked, 150);
}

TEST(ModelValidatorTest, LengthCountsCharactersNotBytes) {
  const ModelValidator validator(IdentifierStyle::kAws);
  v1::PutClusterPolicyInput input;
  input.set_identifier("abcdefghijklmnopqrstuvwxyz");
  std::string policy;
  for (int i = 0; i < 20480; ++i) policy += "\xc3\xa9";
  input.set_policy(policy);
  EXPECT_THAT(validator.Validate(input), IsOk());
  input.set_policy(policy + "x");
  EXPECT_THAT(validator.Validate(input), IsInvalidMember("policy"));
}

TEST(ModelValidatorTest, TellsCharactersAsTheyAre) {
  const ModelValidator validator(IdentifierStyle::kAws);
  const std::string key = std::string(63, 'x') + "\xc3\xa9";
  v1::CreateClusterInput input;
  (*input.mutable_tags())["\xc3\xa9"] = "v";
  (*input.mutable_tags())[key] = "v";
  const absl::optional<v1::ErrorDetail> error =
      GetErrorDetail(validator.Validate(input));
  ASSERT_TRUE(error.has_value());
  std::vector<std::string> told;
  for (const auto& field : error->field_list()) told.push_back(field.message());
  EXPECT_THAT(told,
              ::testing::UnorderedElementsAre(
                  ::testing::HasSubstr("'\xc3\xa9'"),
                  ::testing::HasSubstr("'" + std::string(63, 'x') + "...'")));
}

TEST(ModelValidatorTest, AllViolationsComeInOneFieldList) {
  const ModelValidator validator(IdentifierStyle::kAws);
  v1::CreateStreamInput input;
  input.set_client_token("");
  input.mutable_target_definition()->mutable_kinesis()->set_role_arn("x");
  const absl::optional<v1::ErrorDetail> error =
      GetErrorDetail(validator.Validate(input));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->reason(),
            v1::ValidationExceptionReason::fieldValidationFailed);
  EXPECT_THAT(error->message(),
              ::testing::StartsWith("6 validation errors detected: "));
  std::vector<std::string> names;
  for (const auto& field : error->field_list()) names.push_back(field.name());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre(
                         "clusterIdentifier", "clientToken", "ordering",
                         "format", "targetDefinition.kinesis.streamArn",
                         "targetDefinition.kinesis.roleArn"));
}

TEST(ModelValidatorTest, UnionNeedsAMember) {
  const ModelValidator validator(IdentifierStyle::kAws);
  v1::CreateStreamInput input;
  Fill(&input);
  input.mutable_target_definition()->clear_kinesis();
  EXPECT_THAT(validator.Validate(input), IsInvalidMember("targetDefinition"));
}

TEST(ModelValidatorTest, UuidStyleAcceptsUuids) {
  v1::GetClusterInput input;
  input.set_identifier("8a71d298-c086-4fb4-a698-d7b4eeb657e6");
  EXPECT_THAT(ModelValidator(IdentifierStyle::kUuid).Validate(input), IsOk());
  EXPECT_THAT(ModelValidator(IdentifierStyle::kAws).Validate(input),
              IsInvalidMember("identifier"));
}

}  // namespace
}  // namespace dsql
