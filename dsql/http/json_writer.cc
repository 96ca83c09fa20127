// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/json_writer.h"

#include <array>
#include <charconv>
#include <iterator>
#include <map>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "google/protobuf/descriptor.h"

namespace dsql {
namespace http {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

// The characters that stand for themselves.
constexpr std::array<bool, 256> PlainCharacters() {
  std::array<bool, 256> plain = {};
  for (int c = 0x20; c < 0x100; ++c) {
    plain[c] = c != '"' && c != '\\' && c != 0x7f;
  }
  return plain;
}

bool IsPlain(char c) {
  static constexpr std::array<bool, 256> kPlain = PlainCharacters();
  return kPlain[static_cast<unsigned char>(c)];
}

void AppendQuoted(absl::string_view text, std::string* json) {
  if (!absl::c_all_of(text, IsPlain)) {
    json->append(boost::json::serialize(
        boost::json::string_view(text.data(), text.size())));
    return;
  }
  json->push_back('"');
  json->append(text.data(), text.size());
  json->push_back('"');
}

// The shortest text that reads back as `number`, without an exponent.
void AppendNumber(double number, std::string* json) {
  // More than the largest number has.
  char text[512];
  const std::to_chars_result result = std::to_chars(
      std::begin(text), std::end(text), number, std::chars_format::fixed);
  json->append(text, result.ptr);
}

// Writes one value after the other into `text`.
class Writer {
 public:
  Writer(EmptyCollections empty, std::string* text)
      : empty_(empty), text_(*text) {}

  void WriteMessage(const Message& message) {
    text_.push_back('{');
    const char* separator = "";
    // Once, since looking them up costs as much as writing a member.
    const Descriptor* type = message.GetDescriptor();
    const Reflection* reflection = message.GetReflection();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (!IsWritten(message, *reflection, field)) continue;
      text_.append(separator);
      AppendQuoted(field->json_name(), &text_);
      text_.push_back(':');
      separator = ",";
      WriteField(message, *reflection, field);
    }
    text_.push_back('}');
  }

 private:
  bool IsWritten(const Message& message, const Reflection& reflection,
                 const FieldDescriptor* field) const {
    if (!field->is_repeated()) return reflection.HasField(message, field);
    return empty_ == EmptyCollections::kWrite ||
           reflection.FieldSize(message, field) != 0;
  }

  void WriteField(const Message& message, const Reflection& reflection,
                  const FieldDescriptor* field) {
    if (field->is_map()) return WriteMap(message, reflection, field);
    if (field->is_repeated()) return WriteList(message, reflection, field);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        text_.append(reflection.GetBool(message, field) ? "true" : "false");
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        absl::StrAppend(&text_, reflection.GetInt32(message, field));
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        AppendNumber(reflection.GetDouble(message, field), &text_);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        AppendQuoted(reflection.GetEnum(message, field)->name(), &text_);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        WriteMessage(reflection.GetMessage(message, field));
        break;
      default:  // The model has no other types than strings.
        AppendQuoted(reflection.GetStringReference(message, field, &scratch_),
                     &text_);
    }
  }

  // The model has lists of strings and of structures.
  void WriteList(const Message& message, const Reflection& reflection,
                 const FieldDescriptor* field) {
    text_.push_back('[');
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (i > 0) text_.push_back(',');
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        WriteMessage(reflection.GetRepeatedMessage(message, field, i));
      } else {
        AppendQuoted(
            reflection.GetRepeatedStringReference(message, field, i, &scratch_),
            &text_);
      }
    }
    text_.push_back(']');
  }

  // The model has maps of strings to strings.
  void WriteMap(const Message& message, const Reflection& reflection,
                const FieldDescriptor* field) {
    std::map<std::string, std::string> sorted;
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, field, i);
      const auto get = [&entry](const FieldDescriptor* half) {
        return entry.GetReflection()->GetString(entry, half);
      };
      sorted[get(field->message_type()->map_key())] =
          get(field->message_type()->map_value());
    }
    text_.push_back('{');
    const char* separator = "";
    for (const auto& entry : sorted) {
      text_.append(separator);
      AppendQuoted(entry.first, &text_);
      text_.push_back(':');
      AppendQuoted(entry.second, &text_);
      separator = ",";
    }
    text_.push_back('}');
  }

  const EmptyCollections empty_;
  std::string& text_;
  // For strings that reflection has to make.
  std::string scratch_;
};

}  // namespace

std::string WriteJson(const Message& message, EmptyCollections empty) {
  std::string text;
  // More than most answers have.
  text.reserve(512);
  Writer(empty, &text).WriteMessage(message);
  return text;
}

}  // namespace http
}  // namespace dsql
