// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/json_writer.h"

#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "google/protobuf/descriptor.h"

namespace dsql {
namespace http {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

std::string Quoted(absl::string_view text) {
  return boost::json::serialize(
      boost::json::string_view(text.data(), text.size()));
}

// The shortest text that reads back as `number`, without an exponent for times.
std::string NumberText(double number) {
  for (int digits = 15; digits < 17; ++digits) {
    const std::string text = absl::StrFormat("%.*g", digits, number);
    if (std::strtod(text.c_str(), nullptr) == number) return text;
  }
  return absl::StrFormat("%.17g", number);
}

// Writes one value after the other into `text`.
class Writer {
 public:
  Writer(EmptyCollections empty, std::string* text)
      : empty_(empty), text_(*text) {}

  void WriteMessage(const Message& message) {
    text_.push_back('{');
    const char* separator = "";
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message.GetDescriptor()->field(i);
      if (!IsWritten(message, field)) continue;
      absl::StrAppend(&text_, separator, Quoted(field->json_name()), ":");
      separator = ",";
      WriteField(message, field);
    }
    text_.push_back('}');
  }

 private:
  bool IsWritten(const Message& message, const FieldDescriptor* field) const {
    const Reflection* reflection = message.GetReflection();
    if (!field->is_repeated()) return reflection->HasField(message, field);
    return empty_ == EmptyCollections::kWrite ||
           reflection->FieldSize(message, field) != 0;
  }

  void WriteField(const Message& message, const FieldDescriptor* field) {
    if (field->is_map()) return WriteMap(message, field);
    if (field->is_repeated()) return WriteList(message, field);
    const Reflection* reflection = message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        text_.append(reflection->GetBool(message, field) ? "true" : "false");
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        absl::StrAppend(&text_, reflection->GetInt32(message, field));
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        text_.append(NumberText(reflection->GetDouble(message, field)));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        text_.append(Quoted(reflection->GetEnum(message, field)->name()));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        WriteMessage(reflection->GetMessage(message, field));
        break;
      default:  // The model has no other types than strings.
        text_.append(Quoted(reflection->GetString(message, field)));
    }
  }

  // The model has lists of strings and of structures.
  void WriteList(const Message& message, const FieldDescriptor* field) {
    const Reflection* reflection = message.GetReflection();
    text_.push_back('[');
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      if (i > 0) text_.push_back(',');
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        WriteMessage(reflection->GetRepeatedMessage(message, field, i));
      } else {
        text_.append(Quoted(reflection->GetRepeatedString(message, field, i)));
      }
    }
    text_.push_back(']');
  }

  // The model has maps of strings to strings.
  void WriteMap(const Message& message, const FieldDescriptor* field) {
    const Reflection* reflection = message.GetReflection();
    std::map<std::string, std::string> sorted;
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      const Message& entry = reflection->GetRepeatedMessage(message, field, i);
      const auto get = [&entry](const FieldDescriptor* half) {
        return entry.GetReflection()->GetString(entry, half);
      };
      sorted[get(field->message_type()->map_key())] =
          get(field->message_type()->map_value());
    }
    text_.push_back('{');
    const char* separator = "";
    for (const auto& entry : sorted) {
      absl::StrAppend(&text_, separator, Quoted(entry.first), ":",
                      Quoted(entry.second));
      separator = ",";
    }
    text_.push_back('}');
  }

  const EmptyCollections empty_;
  std::string& text_;
};

}  // namespace

std::string WriteJson(const Message& message, EmptyCollections empty) {
  std::string text;
  Writer(empty, &text).WriteMessage(message);
  return text;
}

}  // namespace http
}  // namespace dsql
